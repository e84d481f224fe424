// The parts of libsodium that SignetCrypto uses: Argon2id (RFC 9106) and Ed25519 (RFC 8032).
#pragma once

#include <sodium/core.h>
#include <sodium/crypto_pwhash.h>
#include <sodium/crypto_sign_ed25519.h>
