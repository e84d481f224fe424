#include "CMultiBuffer.h"

#ifdef SIGNET_CRYPTO_MB

#define BN_OPENSSL_DISABLE
#include <crypto_mb/cpu_features.h>
#include <crypto_mb/ec_nistp256.h>
#include <crypto_mb/ed25519.h>
#include <crypto_mb/rsa.h>

/* Looks at what the processor and the kernel have, too. */
static int has_lanes(enum MBX_ALGO algorithm) {
    return (mbx_get_algo_info(algorithm) & MBX_WIDTH_MB8) != 0;
}

/* Lanes that are not used have no addresses, and say so in their status. */
static int all_succeeded(mbx_status status, size_t count) {
    for (size_t lane = 0; lane < count; lane++) {
        if (MBX_GET_STS(status, (int)lane) != MBX_STATUS_OK) return 0;
    }
    return 1;
}

int signet_lanes_ed25519(void) { return has_lanes(MBX_ALGO_ED25519); }
int signet_lanes_p256(void) { return has_lanes(MBX_ALGO_ECDSA_NIST_P256); }

int signet_lanes_rsa(size_t bits) {
    switch (bits) {
    case 2048: return has_lanes(MBX_ALGO_RSA_2K);
    case 3072: return has_lanes(MBX_ALGO_RSA_3K);
    case 4096: return has_lanes(MBX_ALGO_RSA_4K);
    default: return 0;
    }
}

int signet_sign_ed25519(const SignetLane *lanes, size_t count, const uint8_t seed[32],
                        const uint8_t publicKey[32]) {
    ed25519_sign_component *r[SIGNET_LANES] = {0}, *s[SIGNET_LANES] = {0};
    const int8u *messages[SIGNET_LANES] = {0};
    int32u lengths[SIGNET_LANES] = {0};
    const ed25519_private_key *seeds[SIGNET_LANES] = {0};
    const ed25519_public_key *publicKeys[SIGNET_LANES] = {0};
    for (size_t lane = 0; lane < count; lane++) {
        if (lanes[lane].length > UINT32_MAX) return 0;
        r[lane] = (ed25519_sign_component *)lanes[lane].signature;
        s[lane] = r[lane] + 1;
        messages[lane] = lanes[lane].message;
        lengths[lane] = (int32u)lanes[lane].length;
        seeds[lane] = (const ed25519_private_key *)seed;
        publicKeys[lane] = (const ed25519_public_key *)publicKey;
    }
    return all_succeeded(mbx_ed25519_sign_mb8(r, s, messages, lengths, seeds, publicKeys), count);
}

int signet_sign_p256(const SignetLane *lanes, size_t count, const uint8_t privateNumber[32],
                     const uint8_t *nonces) {
    int8u *r[SIGNET_LANES] = {0}, *s[SIGNET_LANES] = {0};
    const int8u *digests[SIGNET_LANES] = {0};
    const int64u *ephemerals[SIGNET_LANES] = {0}, *numbers[SIGNET_LANES] = {0};
    for (size_t lane = 0; lane < count; lane++) {
        if (lanes[lane].length != 32) return 0;
        r[lane] = lanes[lane].signature;
        s[lane] = r[lane] + 32;
        digests[lane] = lanes[lane].message;
        ephemerals[lane] = (const int64u *)(nonces + 32 * lane);
        numbers[lane] = (const int64u *)privateNumber;
    }
    return all_succeeded(
        mbx_nistp256_ecdsa_sign_mb8(r, s, digests, ephemerals, numbers, 0), count);
}

size_t signet_rsa_work_bytes(size_t bits) {
    const mbx_RSA_Method *private = mbx_RSA_private_crt_Method((int)bits);
    const mbx_RSA_Method *public = mbx_RSA_pub65537_Method((int)bits);
    int privateBytes = mbx_RSA_Method_BufSize(private), publicBytes = mbx_RSA_Method_BufSize(public);
    return (size_t)(privateBytes > publicBytes ? privateBytes : publicBytes);
}

int signet_rsa_private(const SignetLane *lanes, size_t count, const SignetRSAKey *key, uint8_t *work) {
    const int8u *from[SIGNET_LANES] = {0};
    int8u *to[SIGNET_LANES] = {0};
    const int64u *p[SIGNET_LANES] = {0}, *q[SIGNET_LANES] = {0}, *dp[SIGNET_LANES] = {0};
    const int64u *dq[SIGNET_LANES] = {0}, *qi[SIGNET_LANES] = {0};
    for (size_t lane = 0; lane < count; lane++) {
        if (lanes[lane].length != key->bits / 8) return 0;
        from[lane] = lanes[lane].message;
        to[lane] = lanes[lane].signature;
        p[lane] = (const int64u *)key->p;
        q[lane] = (const int64u *)key->q;
        dp[lane] = (const int64u *)key->dp;
        dq[lane] = (const int64u *)key->dq;
        qi[lane] = (const int64u *)key->qi;
    }
    const mbx_RSA_Method *method = mbx_RSA_private_crt_Method((int)key->bits);
    return all_succeeded(
        mbx_rsa_private_crt_mb8(from, to, p, q, dp, dq, qi, (int)key->bits, method, work), count);
}

int signet_rsa_public(const SignetLane *lanes, size_t count, const SignetRSAKey *key, uint8_t *work) {
    const int8u *from[SIGNET_LANES] = {0};
    int8u *to[SIGNET_LANES] = {0};
    const int64u *moduli[SIGNET_LANES] = {0};
    for (size_t lane = 0; lane < count; lane++) {
        if (lanes[lane].length != key->bits / 8) return 0;
        from[lane] = lanes[lane].message;
        to[lane] = lanes[lane].signature;
        moduli[lane] = (const int64u *)key->modulus;
    }
    const mbx_RSA_Method *method = mbx_RSA_pub65537_Method((int)key->bits);
    return all_succeeded(
        mbx_rsa_public_mb8(from, to, moduli, (int)key->bits, method, work), count);
}

#else

int signet_lanes_ed25519(void) { return 0; }
int signet_lanes_p256(void) { return 0; }
int signet_lanes_rsa(size_t bits) { return 0; }

int signet_sign_ed25519(const SignetLane *lanes, size_t count, const uint8_t seed[32],
                        const uint8_t publicKey[32]) {
    return 0;
}

int signet_sign_p256(const SignetLane *lanes, size_t count, const uint8_t privateNumber[32],
                     const uint8_t *nonces) {
    return 0;
}

size_t signet_rsa_work_bytes(size_t bits) { return 0; }

int signet_rsa_private(const SignetLane *lanes, size_t count, const SignetRSAKey *key, uint8_t *work) {
    return 0;
}

int signet_rsa_public(const SignetLane *lanes, size_t count, const SignetRSAKey *key, uint8_t *work) {
    return 0;
}

#endif
