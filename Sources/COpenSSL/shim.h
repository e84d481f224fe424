// The parts of libcrypto that SignetCrypto uses: EVP, and SHA-2 and ECDSA below it.
#pragma once

/* SHA-2 and ECDSA below EVP are deprecated, but take less time and fewer allocations:
   docs/decisions/0007-sha2.md, 0009-ecdsa.md and 0015-ecdsa-batches.md. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

// Macros that Swift cannot import.
static const int signetSelectPublicKey = EVP_PKEY_PUBLIC_KEY;
static const int signetSelectKeyPair = EVP_PKEY_KEYPAIR;
