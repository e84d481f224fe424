// The parts of OpenSSL that SignetCrypto and Runtime/TLS use: EVP, SHA-2 and ECDSA below it, and libssl.
#pragma once

/* SHA-2 and ECDSA below EVP are deprecated, but take less time and fewer allocations:
   docs/decisions/0007-sha2.md, 0009-ecdsa.md, 0015-ecdsa-batches.md and 0036-key-multiples.md. */
#define OPENSSL_SUPPRESS_DEPRECATED
/* First, so that the types of libc are those of Swift's Glibc, and not ours by way of libssl's headers. */
#pragma clang module import SwiftGlibc
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
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Macros that Swift cannot import.
static const int signetSelectPublicKey = EVP_PKEY_PUBLIC_KEY;
static const int signetSelectKeyPair = EVP_PKEY_KEYPAIR;
static const int signetBIOFlags = BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY;
static const uint64_t signetNoRenegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t signetNoCompression = SSL_OP_NO_COMPRESSION;
static const uint64_t signetOwnCipherOrder = SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
