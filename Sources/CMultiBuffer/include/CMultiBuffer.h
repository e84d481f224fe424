// Signatures of one key eight at a time, in the lanes of AVX512-IFMA, by Intel's crypto_mb. Built without
// it unless SIGNET_CRYPTO_MB=1 (docs/decisions/0022-multi-buffer.md); then nothing has lanes.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIGNET_LANES = 8 };

/* What to do in one lane: what is signed, and where the result goes. */
typedef struct {
    const uint8_t *message;
    size_t length;
    uint8_t *signature;
} SignetLane;

/* Whether the build and this processor have eight lanes for signatures with Ed25519, with P-256, and with
   RSA of so many bits of the modulus. */
int signet_lanes_ed25519(void);
int signet_lanes_p256(void);
int signet_lanes_rsa(size_t bits);

/* Each returns 1 only if all of the `count` lanes, from 1 to 8, succeeded. */

/* Writes 64 bytes to each lane. */
int signet_sign_ed25519(const SignetLane *lanes, size_t count, const uint8_t seed[32],
                        const uint8_t publicKey[32]);

/* Messages are digests of 32 bytes, numbers have their lowest byte first, `nonces` has one for each lane.
   Writes r and s, 64 bytes. */
int signet_sign_p256(const SignetLane *lanes, size_t count, const uint8_t privateNumber[32],
                     const uint8_t *nonces);

/* The numbers of an RSA key with the lowest byte first: the modulus as long as its bits say, the others
   half as long. The public exponent is 65537. */
typedef struct {
    size_t bits;
    const uint8_t *modulus, *p, *q, *dp, *dq, *qi;
} SignetRSAKey;

/* How many bytes of working memory the two functions below need. */
size_t signet_rsa_work_bytes(size_t bits);

/* Raises messages as long as the modulus to the private exponent, and to the public one. What is left in
   `work` is secret. */
int signet_rsa_private(const SignetLane *lanes, size_t count, const SignetRSAKey *key, uint8_t *work);
int signet_rsa_public(const SignetLane *lanes, size_t count, const SignetRSAKey *key, uint8_t *work);
