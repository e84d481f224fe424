-- What the peer needs of OpenSSL's libcrypto, which nginx has loaded for TLS.

local ffi = require "ffi"
local C = ffi.C

ffi.cdef [[
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_md_st EVP_MD;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
typedef struct bio_st BIO;
typedef struct ECDSA_SIG_st ECDSA_SIG;
typedef struct bignum_st BIGNUM;
BIO *BIO_new_mem_buf(const void *bytes, int count);
EVP_PKEY *PEM_read_bio_PrivateKey(BIO *bio, EVP_PKEY **key, void *callback, void *argument);
const EVP_MD *EVP_sha256(void);
EVP_PKEY_CTX *EVP_PKEY_CTX_new(EVP_PKEY *key, void *engine);
int EVP_PKEY_sign_init(EVP_PKEY_CTX *context);
int EVP_PKEY_CTX_set_signature_md(EVP_PKEY_CTX *context, const EVP_MD *digest);
int EVP_PKEY_sign(EVP_PKEY_CTX *context, unsigned char *signature, size_t *length, const char *digest, size_t count);
EVP_MD_CTX *EVP_MD_CTX_new(void);
int EVP_MD_CTX_reset(EVP_MD_CTX *context);
int EVP_DigestSignInit(EVP_MD_CTX *context, void *key_context, const EVP_MD *digest, void *engine, EVP_PKEY *key);
int EVP_DigestSign(EVP_MD_CTX *context, unsigned char *signature, size_t *length, const char *bytes, size_t count);
ECDSA_SIG *d2i_ECDSA_SIG(ECDSA_SIG **signature, const unsigned char **bytes, long count);
void ECDSA_SIG_get0(const ECDSA_SIG *signature, const BIGNUM **r, const BIGNUM **s);
void ECDSA_SIG_free(ECDSA_SIG *signature);
int BN_bn2binpad(const BIGNUM *number, unsigned char *bytes, int count);
unsigned char *HMAC(const EVP_MD *digest, const char *key, int key_count, const char *bytes, size_t count,
                    unsigned char *code, unsigned int *length);
unsigned char *SHA256(const char *bytes, size_t count, unsigned char *digest);
int CRYPTO_memcmp(const void *one, const void *other, size_t count);
int RAND_bytes(unsigned char *bytes, int count);
]]

local crypto = {}
local bytes_max = 512
local bytes, length = ffi.new("unsigned char[?]", bytes_max), ffi.new("size_t[1]")

local function private_key(pem)
    local key = C.PEM_read_bio_PrivateKey(C.BIO_new_mem_buf(pem, #pem), nil, nil, nil)
    assert(key ~= nil, "the key cannot be read")
    return key
end

function crypto.sha256(text)
    C.SHA256(text, #text, bytes)
    return ffi.string(bytes, 32)
end

-- A function that leaves a signature of a text's SHA-256 in `bytes`, by a context that is kept.
local function signer(pem)
    local context = C.EVP_PKEY_CTX_new(private_key(pem), nil)
    assert(C.EVP_PKEY_sign_init(context) == 1)
    assert(C.EVP_PKEY_CTX_set_signature_md(context, C.EVP_sha256()) == 1)
    return function(text)
        length[0] = bytes_max
        assert(C.EVP_PKEY_sign(context, bytes, length, crypto.sha256(text), 32) == 1)
    end
end

local start, r, s = ffi.new("const unsigned char *[1]"), ffi.new("const BIGNUM *[1]"), ffi.new("const BIGNUM *[1]")

-- The 64 bytes of JWS (RFC 7518, section 3.4), of the DER that OpenSSL left in `bytes`.
local function raw_ecdsa()
    start[0] = bytes
    local signature = C.d2i_ECDSA_SIG(nil, start, length[0])
    C.ECDSA_SIG_get0(signature, r, s)
    C.BN_bn2binpad(r[0], bytes, 32)
    C.BN_bn2binpad(s[0], bytes + 32, 32)
    C.ECDSA_SIG_free(signature)
    return ffi.string(bytes, 64)
end

crypto.signers = {
    HS256 = function(secret)
        return function(text)
            C.HMAC(C.EVP_sha256(), secret, #secret, text, #text, bytes, nil)
            return ffi.string(bytes, 32)
        end
    end,
    ES256 = function(pem)
        local sign = signer(pem)
        return function(text)
            sign(text)
            return raw_ecdsa()
        end
    end,
    EdDSA = function(pem)
        local key, context = private_key(pem), C.EVP_MD_CTX_new()
        return function(text)
            length[0] = bytes_max
            assert(C.EVP_MD_CTX_reset(context) == 1)
            assert(C.EVP_DigestSignInit(context, nil, nil, nil, key) == 1)
            assert(C.EVP_DigestSign(context, bytes, length, text, #text) == 1)
            return ffi.string(bytes, length[0])
        end
    end,
    RS256 = function(pem)
        local sign = signer(pem)
        return function(text)
            sign(text)
            return ffi.string(bytes, length[0])
        end
    end,
}

-- Whether two texts of the same length are equal, in a time that does not tell where they differ.
function crypto.are_equal(one, other)
    return C.CRYPTO_memcmp(one, other, #one) == 0
end

function crypto.random(count)
    assert(C.RAND_bytes(bytes, count) == 1)
    return bytes
end

return crypto
