// Loops over 32 bytes at a time for what every token goes through: base64 and the search for the end of
// plain text. Swift 6.3 has no byte shuffle and no multiply-add: docs/decisions/0017-vectors.md.
//
// Every function does whole blocks only, leaves the rest to its caller, and does none on processors
// without AVX2.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define SIGNET_VECTOR static inline __attribute__((target("avx2")))
#define SIGNET_HAS_VECTORS (__builtin_cpu_supports("avx2") != 0)

SIGNET_VECTOR size_t signet_base64_encode_avx2(
    const uint8_t *bytes, size_t count, uint8_t *output, uint8_t c62, uint8_t c63) {
    // Every three bytes, twice in a row, so that two multiplications can move four times six bits.
    const __m256i spread = _mm256_setr_epi8(
        1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,
        1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    // What is added to six bits: by 0 for a-z, 1 to 10 for digits, 11 and 12 for the last two, 13 for A-Z.
    const char last = (char)(c62 - 62), veryLast = (char)(c63 - 63);
    const __m256i offsets = _mm256_setr_epi8(
        71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, last, veryLast, 65, 0, 0,
        71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, last, veryLast, 65, 0, 0);
    size_t taken = 0;
    while (count - taken >= 28) {
        const __m128i low = _mm_loadu_si128((const __m128i *)(bytes + taken));
        const __m128i high = _mm_loadu_si128((const __m128i *)(bytes + taken + 12));
        const __m256i triples = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
        const __m256i odd = _mm256_mulhi_epu16(
            _mm256_and_si256(triples, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
        const __m256i even = _mm256_mullo_epi16(
            _mm256_and_si256(triples, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
        const __m256i sixes = _mm256_or_si256(odd, even);
        const __m256i isCapital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), sixes);
        const __m256i kind = _mm256_or_si256(
            _mm256_subs_epu8(sixes, _mm256_set1_epi8(51)),
            _mm256_and_si256(isCapital, _mm256_set1_epi8(13)));
        _mm256_storeu_si256(
            (__m256i *)output, _mm256_add_epi8(sixes, _mm256_shuffle_epi8(offsets, kind)));
        taken += 24;
        output += 32;
    }
    return taken;
}

// Which of 32 characters lie from `first` to `last`; characters beyond ASCII never do.
SIGNET_VECTOR __m256i signet_between(__m256i text, char first, char last) {
    return _mm256_and_si256(
        _mm256_cmpgt_epi8(text, _mm256_set1_epi8((char)(first - 1))),
        _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(last + 1)), text));
}

// Takes 43 characters at least, so that the 32 bytes that are stored for each block fit in what all of the
// text decodes to.
SIGNET_VECTOR ptrdiff_t signet_base64_decode_avx2(
    const uint8_t *text, size_t count, uint8_t *output, uint8_t c62, uint8_t c63) {
    const __m256i pack = _mm256_setr_epi8(
        2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
        2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
    __m256i valid = _mm256_set1_epi8(-1);
    size_t taken = 0;
    while (count - taken >= 43) {
        const __m256i characters = _mm256_loadu_si256((const __m256i *)(text + taken));
        const __m256i capital = signet_between(characters, 'A', 'Z');
        const __m256i small = signet_between(characters, 'a', 'z');
        const __m256i digit = signet_between(characters, '0', '9');
        const __m256i is62 = _mm256_cmpeq_epi8(characters, _mm256_set1_epi8((char)c62));
        const __m256i is63 = _mm256_cmpeq_epi8(characters, _mm256_set1_epi8((char)c63));
        const __m256i offset = _mm256_or_si256(
            _mm256_or_si256(
                _mm256_and_si256(capital, _mm256_set1_epi8(-65)),
                _mm256_and_si256(small, _mm256_set1_epi8(-71))),
            _mm256_or_si256(
                _mm256_and_si256(digit, _mm256_set1_epi8(4)),
                _mm256_or_si256(
                    _mm256_and_si256(is62, _mm256_set1_epi8((char)(62 - c62))),
                    _mm256_and_si256(is63, _mm256_set1_epi8((char)(63 - c63))))));
        valid = _mm256_and_si256(
            valid,
            _mm256_or_si256(
                _mm256_or_si256(capital, small),
                _mm256_or_si256(digit, _mm256_or_si256(is62, is63))));
        const __m256i sixes = _mm256_add_epi8(characters, offset);
        const __m256i twelves = _mm256_maddubs_epi16(sixes, _mm256_set1_epi32(0x01400140));
        const __m256i triples = _mm256_madd_epi16(twelves, _mm256_set1_epi32(0x00011000));
        _mm256_storeu_si256(
            (__m256i *)output,
            _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(triples, pack), join));
        taken += 32;
        output += 24;
    }
    return _mm256_movemask_epi8(valid) == -1 ? (ptrdiff_t)taken : -1;
}

SIGNET_VECTOR size_t signet_base64_span_avx2(const uint8_t *text, size_t count, uint8_t c62, uint8_t c63) {
    size_t taken = 0;
    for (; count - taken >= 32; taken += 32) {
        const __m256i characters = _mm256_loadu_si256((const __m256i *)(text + taken));
        const __m256i valid = _mm256_or_si256(
            _mm256_or_si256(
                signet_between(_mm256_or_si256(characters, _mm256_set1_epi8(0x20)), 'a', 'z'),
                signet_between(characters, '0', '9')),
            _mm256_or_si256(
                _mm256_cmpeq_epi8(characters, _mm256_set1_epi8((char)c62)),
                _mm256_cmpeq_epi8(characters, _mm256_set1_epi8((char)c63))));
        const uint32_t others = ~(uint32_t)_mm256_movemask_epi8(valid);
        if (others != 0) return taken + (size_t)__builtin_ctz(others);
    }
    return taken;
}

SIGNET_VECTOR size_t signet_plain_span_avx2(
    const uint8_t *text, size_t count, uint8_t a, uint8_t b, uint8_t c) {
    size_t taken = 0;
    for (; count - taken >= 32; taken += 32) {
        const __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + taken));
        // What is not ASCII is negative.
        const __m256i ends = _mm256_or_si256(
            _mm256_or_si256(
                _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes),
                _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)a))),
            _mm256_or_si256(
                _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)b)),
                _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)c))));
        const uint32_t marks = (uint32_t)_mm256_movemask_epi8(ends);
        if (marks != 0) return taken + (size_t)__builtin_ctz(marks);
    }
    return taken;
}
#else
#define SIGNET_HAS_VECTORS 0
#define signet_base64_encode_avx2(...) 0
#define signet_base64_decode_avx2(...) 0
#define signet_base64_span_avx2(...) 0
#define signet_plain_span_avx2(...) 0
#endif

/// Writes the characters of the first bytes, in the alphabet that ends with `c62` and `c63`; returns how many
/// bytes that were, a multiple of 24. `output` has room for the characters of all `count`.
static inline size_t signet_base64_encode(
    const uint8_t *bytes, size_t count, uint8_t *output, uint8_t c62, uint8_t c63) {
    return SIGNET_HAS_VECTORS ? signet_base64_encode_avx2(bytes, count, output, c62, c63) : 0;
}

/// Writes the bytes of the first characters; returns how many characters that were, a multiple of 32, or -1
/// when one of them is not in the alphabet. `output` has room for the bytes of all `count`.
static inline ptrdiff_t signet_base64_decode(
    const uint8_t *text, size_t count, uint8_t *output, uint8_t c62, uint8_t c63) {
    return SIGNET_HAS_VECTORS ? signet_base64_decode_avx2(text, count, output, c62, c63) : 0;
}

/// How many of the first characters are in the alphabet; there may be more.
static inline size_t signet_base64_span(
    const uint8_t *text, size_t count, uint8_t c62, uint8_t c63) {
    return SIGNET_HAS_VECTORS ? signet_base64_span_avx2(text, count, c62, c63) : 0;
}

/// How many of the first bytes are ASCII from the space on, and not `a`, `b` or `c`; there may be more.
static inline size_t signet_plain_span(
    const uint8_t *text, size_t count, uint8_t a, uint8_t b, uint8_t c) {
    return SIGNET_HAS_VECTORS ? signet_plain_span_avx2(text, count, a, b, c) : 0;
}
