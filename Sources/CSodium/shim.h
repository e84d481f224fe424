// The parts of libsodium that SignetCrypto uses: Argon2id (RFC 9106).
#pragma once

#include <sodium/core.h>
#include <sodium/crypto_pwhash.h>
