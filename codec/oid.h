/* Object identifiers: one row each, in the RFC's spelling with `_` for a hyphen.
 *
 * To add one, add its row; the index (codec/oid_index.c) is made from these rows at build
 * time.  What an algorithm means is for others to know; `kind` says where it may stand.
 */
#ifndef CODEC_OID_H
#define CODEC_OID_H

#include "codec/asn1.h"

enum oid_kind {                         /* bits: an Ed25519 OID names a key and a signature */
    OID_OTHER = 0,
    OID_DIGEST = 1 << 0,
    OID_MAC = 1 << 1,
    OID_SIGNATURE = 1 << 2,
    OID_PUBLIC_KEY = 1 << 3,
    OID_CURVE = 1 << 4,
    OID_KDF = 1 << 5,
    OID_CIPHER = 1 << 6,
    OID_KEY_WRAP = 1 << 7,
    OID_KEY_AGREEMENT = 1 << 8,
    OID_KEY_TRANSPORT = 1 << 9,
    OID_KEM = 1 << 10,
    OID_ATTRIBUTE = 1 << 11,
    OID_EXTENSION = 1 << 12,
    OID_EKU = 1 << 13,
    OID_INFO_TYPE = 1 << 14,
    OID_CONTROL = 1 << 15,
    OID_REG_INFO = 1 << 16,
    OID_CONTENT_TYPE = 1 << 17,
    OID_ACCESS_METHOD = 1 << 18,
    OID_QUALIFIER = 1 << 19,
    OID_OTHER_NAME = 1 << 20,
};

/* clang-format off */
#define OID_ROWS(_) \
    /* digests (RFC 9481, 2) */                                                                    \
    _(md5, "1.2.840.113549.2.5", OID_DIGEST)                                                       \
    _(sha1, "1.3.14.3.2.26", OID_DIGEST)                                                           \
    _(sha224, "2.16.840.1.101.3.4.2.4", OID_DIGEST)                                                \
    _(sha256, "2.16.840.1.101.3.4.2.1", OID_DIGEST)                                                \
    _(sha384, "2.16.840.1.101.3.4.2.2", OID_DIGEST)                                                \
    _(sha512, "2.16.840.1.101.3.4.2.3", OID_DIGEST)                                                \
    _(sha512_224, "2.16.840.1.101.3.4.2.5", OID_DIGEST)                                            \
    _(sha512_256, "2.16.840.1.101.3.4.2.6", OID_DIGEST)                                            \
    _(sha3_224, "2.16.840.1.101.3.4.2.7", OID_DIGEST)                                              \
    _(sha3_256, "2.16.840.1.101.3.4.2.8", OID_DIGEST)                                              \
    _(sha3_384, "2.16.840.1.101.3.4.2.9", OID_DIGEST)                                              \
    _(sha3_512, "2.16.840.1.101.3.4.2.10", OID_DIGEST)                                             \
    _(shake128, "2.16.840.1.101.3.4.2.11", OID_DIGEST)                                             \
    _(shake256, "2.16.840.1.101.3.4.2.12", OID_DIGEST)                                             \
    /* public keys and signatures (RFC 9481, 3; RFC 3279, 4055, 5480, 8410, 8692; FIPS 204, 205) */\
    _(rsaEncryption, "1.2.840.113549.1.1.1", OID_PUBLIC_KEY | OID_KEY_TRANSPORT)                   \
    _(md5WithRSAEncryption, "1.2.840.113549.1.1.4", OID_SIGNATURE)                                 \
    _(sha1WithRSAEncryption, "1.2.840.113549.1.1.5", OID_SIGNATURE)                                \
    _(id_RSAES_OAEP, "1.2.840.113549.1.1.7", OID_PUBLIC_KEY | OID_KEY_TRANSPORT)                   \
    _(id_mgf1, "1.2.840.113549.1.1.8", OID_OTHER)                                                  \
    _(id_pSpecified, "1.2.840.113549.1.1.9", OID_OTHER)                                            \
    _(id_RSASSA_PSS, "1.2.840.113549.1.1.10", OID_PUBLIC_KEY | OID_SIGNATURE)                      \
    _(sha256WithRSAEncryption, "1.2.840.113549.1.1.11", OID_SIGNATURE)                             \
    _(sha384WithRSAEncryption, "1.2.840.113549.1.1.12", OID_SIGNATURE)                             \
    _(sha512WithRSAEncryption, "1.2.840.113549.1.1.13", OID_SIGNATURE)                             \
    _(sha224WithRSAEncryption, "1.2.840.113549.1.1.14", OID_SIGNATURE)                             \
    _(sha512_224WithRSAEncryption, "1.2.840.113549.1.1.15", OID_SIGNATURE)                         \
    _(sha512_256WithRSAEncryption, "1.2.840.113549.1.1.16", OID_SIGNATURE)                         \
    _(id_RSASSA_PSS_SHAKE128, "1.3.6.1.5.5.7.6.30", OID_PUBLIC_KEY | OID_SIGNATURE)                \
    _(id_RSASSA_PSS_SHAKE256, "1.3.6.1.5.5.7.6.31", OID_PUBLIC_KEY | OID_SIGNATURE)                \
    _(id_rsassa_pkcs1_v1_5_with_sha3_224, "2.16.840.1.101.3.4.3.13", OID_SIGNATURE)                \
    _(id_rsassa_pkcs1_v1_5_with_sha3_256, "2.16.840.1.101.3.4.3.14", OID_SIGNATURE)                \
    _(id_rsassa_pkcs1_v1_5_with_sha3_384, "2.16.840.1.101.3.4.3.15", OID_SIGNATURE)                \
    _(id_rsassa_pkcs1_v1_5_with_sha3_512, "2.16.840.1.101.3.4.3.16", OID_SIGNATURE)                \
    _(id_ecPublicKey, "1.2.840.10045.2.1", OID_PUBLIC_KEY)                                         \
    _(id_ecDH, "1.3.132.1.12", OID_PUBLIC_KEY)                                                     \
    _(id_ecMQV, "1.3.132.1.13", OID_PUBLIC_KEY)                                                    \
    _(ecdsa_with_SHA1, "1.2.840.10045.4.1", OID_SIGNATURE)                                         \
    _(ecdsa_with_SHA224, "1.2.840.10045.4.3.1", OID_SIGNATURE)                                     \
    _(ecdsa_with_SHA256, "1.2.840.10045.4.3.2", OID_SIGNATURE)                                     \
    _(ecdsa_with_SHA384, "1.2.840.10045.4.3.3", OID_SIGNATURE)                                     \
    _(ecdsa_with_SHA512, "1.2.840.10045.4.3.4", OID_SIGNATURE)                                     \
    _(id_ecdsa_with_sha3_224, "2.16.840.1.101.3.4.3.9", OID_SIGNATURE)                             \
    _(id_ecdsa_with_sha3_256, "2.16.840.1.101.3.4.3.10", OID_SIGNATURE)                            \
    _(id_ecdsa_with_sha3_384, "2.16.840.1.101.3.4.3.11", OID_SIGNATURE)                            \
    _(id_ecdsa_with_sha3_512, "2.16.840.1.101.3.4.3.12", OID_SIGNATURE)                            \
    _(id_ecdsa_with_shake128, "1.3.6.1.5.5.7.6.32", OID_SIGNATURE)                                 \
    _(id_ecdsa_with_shake256, "1.3.6.1.5.5.7.6.33", OID_SIGNATURE)                                 \
    _(id_X25519, "1.3.101.110", OID_PUBLIC_KEY)                                                    \
    _(id_X448, "1.3.101.111", OID_PUBLIC_KEY)                                                      \
    _(id_Ed25519, "1.3.101.112", OID_PUBLIC_KEY | OID_SIGNATURE)                                   \
    _(id_Ed448, "1.3.101.113", OID_PUBLIC_KEY | OID_SIGNATURE)                                     \
    _(id_dsa, "1.2.840.10040.4.1", OID_PUBLIC_KEY)                                                 \
    _(id_dsa_with_sha1, "1.2.840.10040.4.3", OID_SIGNATURE)                                        \
    _(id_dsa_with_sha224, "2.16.840.1.101.3.4.3.1", OID_SIGNATURE)                                 \
    _(id_dsa_with_sha256, "2.16.840.1.101.3.4.3.2", OID_SIGNATURE)                                 \
    _(dhpublicnumber, "1.2.840.10046.2.1", OID_PUBLIC_KEY)                                         \
    _(id_ml_dsa_44, "2.16.840.1.101.3.4.3.17", OID_PUBLIC_KEY | OID_SIGNATURE)                     \
    _(id_ml_dsa_65, "2.16.840.1.101.3.4.3.18", OID_PUBLIC_KEY | OID_SIGNATURE)                     \
    _(id_ml_dsa_87, "2.16.840.1.101.3.4.3.19", OID_PUBLIC_KEY | OID_SIGNATURE)                     \
    _(id_slh_dsa_sha2_128s, "2.16.840.1.101.3.4.3.20", OID_PUBLIC_KEY | OID_SIGNATURE)             \
    _(id_slh_dsa_sha2_128f, "2.16.840.1.101.3.4.3.21", OID_PUBLIC_KEY | OID_SIGNATURE)             \
    _(id_slh_dsa_sha2_192s, "2.16.840.1.101.3.4.3.22", OID_PUBLIC_KEY | OID_SIGNATURE)             \
    _(id_slh_dsa_sha2_192f, "2.16.840.1.101.3.4.3.23", OID_PUBLIC_KEY | OID_SIGNATURE)             \
    _(id_slh_dsa_sha2_256s, "2.16.840.1.101.3.4.3.24", OID_PUBLIC_KEY | OID_SIGNATURE)             \
    _(id_slh_dsa_sha2_256f, "2.16.840.1.101.3.4.3.25", OID_PUBLIC_KEY | OID_SIGNATURE)             \
    _(id_slh_dsa_shake_128s, "2.16.840.1.101.3.4.3.26", OID_PUBLIC_KEY | OID_SIGNATURE)            \
    _(id_slh_dsa_shake_128f, "2.16.840.1.101.3.4.3.27", OID_PUBLIC_KEY | OID_SIGNATURE)            \
    _(id_slh_dsa_shake_192s, "2.16.840.1.101.3.4.3.28", OID_PUBLIC_KEY | OID_SIGNATURE)            \
    _(id_slh_dsa_shake_192f, "2.16.840.1.101.3.4.3.29", OID_PUBLIC_KEY | OID_SIGNATURE)            \
    _(id_slh_dsa_shake_256s, "2.16.840.1.101.3.4.3.30", OID_PUBLIC_KEY | OID_SIGNATURE)            \
    _(id_slh_dsa_shake_256f, "2.16.840.1.101.3.4.3.31", OID_PUBLIC_KEY | OID_SIGNATURE)            \
    _(id_alg_hss_lms_hashsig, "1.2.840.113549.1.9.16.3.17", OID_PUBLIC_KEY | OID_SIGNATURE)        \
    /* curves (RFC 5480, 5639) */                                                                  \
    _(secp192r1, "1.2.840.10045.3.1.1", OID_CURVE)                                                 \
    _(secp224r1, "1.3.132.0.33", OID_CURVE)                                                        \
    _(secp256r1, "1.2.840.10045.3.1.7", OID_CURVE)                                                 \
    _(secp384r1, "1.3.132.0.34", OID_CURVE)                                                        \
    _(secp521r1, "1.3.132.0.35", OID_CURVE)                                                        \
    _(secp256k1, "1.3.132.0.10", OID_CURVE)                                                        \
    _(brainpoolP256r1, "1.3.36.3.3.2.8.1.1.7", OID_CURVE)                                          \
    _(brainpoolP320r1, "1.3.36.3.3.2.8.1.1.9", OID_CURVE)                                          \
    _(brainpoolP384r1, "1.3.36.3.3.2.8.1.1.11", OID_CURVE)                                         \
    _(brainpoolP512r1, "1.3.36.3.3.2.8.1.1.13", OID_CURVE)                                         \
    /* key encapsulation (FIPS 203, RFC 9629) */                                                   \
    _(id_alg_ml_kem_512, "2.16.840.1.101.3.4.4.1", OID_PUBLIC_KEY | OID_KEM)                       \
    _(id_alg_ml_kem_768, "2.16.840.1.101.3.4.4.2", OID_PUBLIC_KEY | OID_KEM)                       \
    _(id_alg_ml_kem_1024, "2.16.840.1.101.3.4.4.3", OID_PUBLIC_KEY | OID_KEM)                      \
    _(id_rsa_kem_spki, "1.2.840.113549.1.9.16.3.14", OID_PUBLIC_KEY | OID_KEM)                     \
    _(id_kem_rsa, "1.0.18033.2.2.4", OID_KEM)                                                      \
    /* key agreement (RFC 9481, 4.1) */                                                            \
    _(id_alg_ESDH, "1.2.840.113549.1.9.16.3.5", OID_KEY_AGREEMENT)                                 \
    _(id_alg_SSDH, "1.2.840.113549.1.9.16.3.10", OID_KEY_AGREEMENT)                                \
    _(dhSinglePass_stdDH_sha1kdf_scheme, "1.3.133.16.840.63.0.2", OID_KEY_AGREEMENT)               \
    _(dhSinglePass_stdDH_sha224kdf_scheme, "1.3.132.1.11.0", OID_KEY_AGREEMENT)                    \
    _(dhSinglePass_stdDH_sha256kdf_scheme, "1.3.132.1.11.1", OID_KEY_AGREEMENT)                    \
    _(dhSinglePass_stdDH_sha384kdf_scheme, "1.3.132.1.11.2", OID_KEY_AGREEMENT)                    \
    _(dhSinglePass_stdDH_sha512kdf_scheme, "1.3.132.1.11.3", OID_KEY_AGREEMENT)                    \
    _(dhSinglePass_cofactorDH_sha1kdf_scheme, "1.3.133.16.840.63.0.3", OID_KEY_AGREEMENT)          \
    _(dhSinglePass_cofactorDH_sha224kdf_scheme, "1.3.132.1.14.0", OID_KEY_AGREEMENT)               \
    _(dhSinglePass_cofactorDH_sha256kdf_scheme, "1.3.132.1.14.1", OID_KEY_AGREEMENT)               \
    _(dhSinglePass_cofactorDH_sha384kdf_scheme, "1.3.132.1.14.2", OID_KEY_AGREEMENT)               \
    _(dhSinglePass_cofactorDH_sha512kdf_scheme, "1.3.132.1.14.3", OID_KEY_AGREEMENT)               \
    _(mqvSinglePass_sha1kdf_scheme, "1.3.133.16.840.63.0.16", OID_KEY_AGREEMENT)                   \
    _(mqvSinglePass_sha224kdf_scheme, "1.3.132.1.15.0", OID_KEY_AGREEMENT)                         \
    _(mqvSinglePass_sha256kdf_scheme, "1.3.132.1.15.1", OID_KEY_AGREEMENT)                         \
    _(mqvSinglePass_sha384kdf_scheme, "1.3.132.1.15.2", OID_KEY_AGREEMENT)                         \
    _(mqvSinglePass_sha512kdf_scheme, "1.3.132.1.15.3", OID_KEY_AGREEMENT)                         \
    _(dhSinglePass_stdDH_hkdf_sha256_scheme, "1.2.840.113549.1.9.16.3.19", OID_KEY_AGREEMENT)      \
    _(dhSinglePass_stdDH_hkdf_sha384_scheme, "1.2.840.113549.1.9.16.3.20", OID_KEY_AGREEMENT)      \
    _(dhSinglePass_stdDH_hkdf_sha512_scheme, "1.2.840.113549.1.9.16.3.21", OID_KEY_AGREEMENT)      \
    /* key wrapping and content encryption (RFC 9481, 4.3, 5) */                                   \
    _(id_aes128_CBC, "2.16.840.1.101.3.4.1.2", OID_CIPHER)                                         \
    _(id_aes128_wrap, "2.16.840.1.101.3.4.1.5", OID_KEY_WRAP)                                      \
    _(id_aes128_GCM, "2.16.840.1.101.3.4.1.6", OID_CIPHER)                                         \
    _(id_aes128_CCM, "2.16.840.1.101.3.4.1.7", OID_CIPHER)                                         \
    _(id_aes128_wrap_pad, "2.16.840.1.101.3.4.1.8", OID_KEY_WRAP)                                  \
    _(id_aes128_GMAC, "2.16.840.1.101.3.4.1.9", OID_MAC)                                           \
    _(id_aes192_CBC, "2.16.840.1.101.3.4.1.22", OID_CIPHER)                                        \
    _(id_aes192_wrap, "2.16.840.1.101.3.4.1.25", OID_KEY_WRAP)                                     \
    _(id_aes192_GCM, "2.16.840.1.101.3.4.1.26", OID_CIPHER)                                        \
    _(id_aes192_CCM, "2.16.840.1.101.3.4.1.27", OID_CIPHER)                                        \
    _(id_aes192_wrap_pad, "2.16.840.1.101.3.4.1.28", OID_KEY_WRAP)                                 \
    _(id_aes192_GMAC, "2.16.840.1.101.3.4.1.29", OID_MAC)                                          \
    _(id_aes256_CBC, "2.16.840.1.101.3.4.1.42", OID_CIPHER)                                        \
    _(id_aes256_wrap, "2.16.840.1.101.3.4.1.45", OID_KEY_WRAP)                                     \
    _(id_aes256_GCM, "2.16.840.1.101.3.4.1.46", OID_CIPHER)                                        \
    _(id_aes256_CCM, "2.16.840.1.101.3.4.1.47", OID_CIPHER)                                        \
    _(id_aes256_wrap_pad, "2.16.840.1.101.3.4.1.48", OID_KEY_WRAP)                                 \
    _(id_aes256_GMAC, "2.16.840.1.101.3.4.1.49", OID_MAC)                                          \
    _(des_EDE3_CBC, "1.2.840.113549.3.7", OID_CIPHER)                                              \
    _(id_alg_CMS3DESwrap, "1.2.840.113549.1.9.16.3.6", OID_KEY_WRAP)                               \
    _(id_alg_PWRI_KEK, "1.2.840.113549.1.9.16.3.9", OID_KEY_WRAP)                                  \
    _(desCBC, "1.3.14.3.2.7", OID_CIPHER)                                                          \
    /* key derivation (RFC 9481, 4.4; RFC 8619) */                                                 \
    _(id_PBKDF2, "1.2.840.113549.1.5.12", OID_KDF)                                                 \
    _(id_PBES2, "1.2.840.113549.1.5.13", OID_CIPHER)                                               \
    _(id_alg_hkdf_with_sha256, "1.2.840.113549.1.9.16.3.28", OID_KDF)                              \
    _(id_alg_hkdf_with_sha384, "1.2.840.113549.1.9.16.3.29", OID_KDF)                              \
    _(id_alg_hkdf_with_sha512, "1.2.840.113549.1.9.16.3.30", OID_KDF)                              \
    _(id_kdf_kdf2, "1.3.133.16.840.9.44.1.1", OID_KDF)                                             \
    _(id_kdf_kdf3, "1.3.133.16.840.9.44.1.2", OID_KDF)                                             \
    /* message authentication (RFC 9481, 6; RFC 9810, 5.1.3) */                                    \
    _(id_PasswordBasedMac, "1.2.840.113533.7.66.13", OID_MAC)                                      \
    _(id_KemBasedMac, "1.2.840.113533.7.66.16", OID_MAC)                                           \
    _(id_DHBasedMac, "1.2.840.113533.7.66.30", OID_MAC)                                            \
    _(id_PBMAC1, "1.2.840.113549.1.5.14", OID_MAC)                                                 \
    _(hMAC_MD5, "1.3.6.1.5.5.8.1.1", OID_MAC)                                                      \
    _(hMAC_SHA1, "1.3.6.1.5.5.8.1.2", OID_MAC)                                                     \
    _(id_hmacWithSHA1, "1.2.840.113549.2.7", OID_MAC)                                              \
    _(id_hmacWithSHA224, "1.2.840.113549.2.8", OID_MAC)                                            \
    _(id_hmacWithSHA256, "1.2.840.113549.2.9", OID_MAC)                                            \
    _(id_hmacWithSHA384, "1.2.840.113549.2.10", OID_MAC)                                           \
    _(id_hmacWithSHA512, "1.2.840.113549.2.11", OID_MAC)                                           \
    _(id_hmacWithSHA512_224, "1.2.840.113549.2.12", OID_MAC)                                       \
    _(id_hmacWithSHA512_256, "1.2.840.113549.2.13", OID_MAC)                                       \
    _(id_hmacWithSHA3_224, "2.16.840.1.101.3.4.2.13", OID_MAC)                                     \
    _(id_hmacWithSHA3_256, "2.16.840.1.101.3.4.2.14", OID_MAC)                                     \
    _(id_hmacWithSHA3_384, "2.16.840.1.101.3.4.2.15", OID_MAC)                                     \
    _(id_hmacWithSHA3_512, "2.16.840.1.101.3.4.2.16", OID_MAC)                                     \
    _(id_KMACWithSHAKE128, "2.16.840.1.101.3.4.2.19", OID_MAC)                                     \
    _(id_KMACWithSHAKE256, "2.16.840.1.101.3.4.2.20", OID_MAC)                                     \
    /* general information (RFC 9810, 5.1.1, 5.3.19) */                                            \
    _(id_it_caProtEncCert, "1.3.6.1.5.5.7.4.1", OID_INFO_TYPE)                                     \
    _(id_it_signKeyPairTypes, "1.3.6.1.5.5.7.4.2", OID_INFO_TYPE)                                  \
    _(id_it_encKeyPairTypes, "1.3.6.1.5.5.7.4.3", OID_INFO_TYPE)                                   \
    _(id_it_preferredSymmAlg, "1.3.6.1.5.5.7.4.4", OID_INFO_TYPE)                                  \
    _(id_it_caKeyUpdateInfo, "1.3.6.1.5.5.7.4.5", OID_INFO_TYPE)                                   \
    _(id_it_currentCRL, "1.3.6.1.5.5.7.4.6", OID_INFO_TYPE)                                        \
    _(id_it_unsupportedOIDs, "1.3.6.1.5.5.7.4.7", OID_INFO_TYPE)                                   \
    _(id_it_subscriptionRequest, "1.3.6.1.5.5.7.4.8", OID_INFO_TYPE)                               \
    _(id_it_subscriptionResponse, "1.3.6.1.5.5.7.4.9", OID_INFO_TYPE)                              \
    _(id_it_keyPairParamReq, "1.3.6.1.5.5.7.4.10", OID_INFO_TYPE)                                  \
    _(id_it_keyPairParamRep, "1.3.6.1.5.5.7.4.11", OID_INFO_TYPE)                                  \
    _(id_it_revPassphrase, "1.3.6.1.5.5.7.4.12", OID_INFO_TYPE)                                    \
    _(id_it_implicitConfirm, "1.3.6.1.5.5.7.4.13", OID_INFO_TYPE)                                  \
    _(id_it_confirmWaitTime, "1.3.6.1.5.5.7.4.14", OID_INFO_TYPE)                                  \
    _(id_it_origPKIMessage, "1.3.6.1.5.5.7.4.15", OID_INFO_TYPE)                                   \
    _(id_it_suppLangTags, "1.3.6.1.5.5.7.4.16", OID_INFO_TYPE)                                     \
    _(id_it_caCerts, "1.3.6.1.5.5.7.4.17", OID_INFO_TYPE)                                          \
    _(id_it_rootCaKeyUpdate, "1.3.6.1.5.5.7.4.18", OID_INFO_TYPE)                                  \
    _(id_it_certReqTemplate, "1.3.6.1.5.5.7.4.19", OID_INFO_TYPE)                                  \
    _(id_it_rootCaCert, "1.3.6.1.5.5.7.4.20", OID_INFO_TYPE)                                       \
    _(id_it_certProfile, "1.3.6.1.5.5.7.4.21", OID_INFO_TYPE)                                      \
    _(id_it_crlStatusList, "1.3.6.1.5.5.7.4.22", OID_INFO_TYPE)                                    \
    _(id_it_crls, "1.3.6.1.5.5.7.4.23", OID_INFO_TYPE)                                             \
    _(id_it_KemCiphertextInfo, "1.3.6.1.5.5.7.4.24", OID_INFO_TYPE)                                \
    /* controls and registration information (RFC 4211, 6, 7; RFC 9810, 5.2.1, 5.3.19.16) */       \
    _(id_regCtrl_regToken, "1.3.6.1.5.5.7.5.1.1", OID_CONTROL)                                     \
    _(id_regCtrl_authenticator, "1.3.6.1.5.5.7.5.1.2", OID_CONTROL)                                \
    _(id_regCtrl_pkiPublicationInfo, "1.3.6.1.5.5.7.5.1.3", OID_CONTROL)                           \
    _(id_regCtrl_pkiArchiveOptions, "1.3.6.1.5.5.7.5.1.4", OID_CONTROL)                            \
    _(id_regCtrl_oldCertID, "1.3.6.1.5.5.7.5.1.5", OID_CONTROL)                                    \
    _(id_regCtrl_protocolEncrKey, "1.3.6.1.5.5.7.5.1.6", OID_CONTROL)                              \
    _(id_regCtrl_altCertTemplate, "1.3.6.1.5.5.7.5.1.7", OID_CONTROL)                              \
    _(id_regCtrl_algId, "1.3.6.1.5.5.7.5.1.11", OID_CONTROL)                                       \
    _(id_regCtrl_rsaKeyLen, "1.3.6.1.5.5.7.5.1.12", OID_CONTROL)                                   \
    _(id_regInfo_utf8Pairs, "1.3.6.1.5.5.7.5.2.1", OID_REG_INFO)                                   \
    _(id_regInfo_certReq, "1.3.6.1.5.5.7.5.2.2", OID_REG_INFO)                                     \
    /* naming attributes (RFC 5280, 4.1.2.4; RFC 4519; X.520) */                                   \
    _(id_at_commonName, "2.5.4.3", OID_ATTRIBUTE)                                                  \
    _(id_at_surname, "2.5.4.4", OID_ATTRIBUTE)                                                     \
    _(id_at_serialNumber, "2.5.4.5", OID_ATTRIBUTE)                                                \
    _(id_at_countryName, "2.5.4.6", OID_ATTRIBUTE)                                                 \
    _(id_at_localityName, "2.5.4.7", OID_ATTRIBUTE)                                                \
    _(id_at_stateOrProvinceName, "2.5.4.8", OID_ATTRIBUTE)                                         \
    _(id_at_streetAddress, "2.5.4.9", OID_ATTRIBUTE)                                               \
    _(id_at_organizationName, "2.5.4.10", OID_ATTRIBUTE)                                           \
    _(id_at_organizationalUnitName, "2.5.4.11", OID_ATTRIBUTE)                                     \
    _(id_at_title, "2.5.4.12", OID_ATTRIBUTE)                                                      \
    _(id_at_description, "2.5.4.13", OID_ATTRIBUTE)                                                \
    _(id_at_businessCategory, "2.5.4.15", OID_ATTRIBUTE)                                           \
    _(id_at_postalCode, "2.5.4.17", OID_ATTRIBUTE)                                                 \
    _(id_at_postOfficeBox, "2.5.4.18", OID_ATTRIBUTE)                                              \
    _(id_at_telephoneNumber, "2.5.4.20", OID_ATTRIBUTE)                                            \
    _(id_at_name, "2.5.4.41", OID_ATTRIBUTE)                                                       \
    _(id_at_givenName, "2.5.4.42", OID_ATTRIBUTE)                                                  \
    _(id_at_initials, "2.5.4.43", OID_ATTRIBUTE)                                                   \
    _(id_at_generationQualifier, "2.5.4.44", OID_ATTRIBUTE)                                        \
    _(id_at_x500UniqueIdentifier, "2.5.4.45", OID_ATTRIBUTE)                                       \
    _(id_at_dnQualifier, "2.5.4.46", OID_ATTRIBUTE)                                                \
    _(id_at_pseudonym, "2.5.4.65", OID_ATTRIBUTE)                                                  \
    _(id_at_organizationIdentifier, "2.5.4.97", OID_ATTRIBUTE)                                     \
    _(userid, "0.9.2342.19200300.100.1.1", OID_ATTRIBUTE)                                          \
    _(id_domainComponent, "0.9.2342.19200300.100.1.25", OID_ATTRIBUTE)                             \
    _(id_emailAddress, "1.2.840.113549.1.9.1", OID_ATTRIBUTE)                                      \
    _(jurisdictionLocalityName, "1.3.6.1.4.1.311.60.2.1.1", OID_ATTRIBUTE)                         \
    _(jurisdictionStateOrProvinceName, "1.3.6.1.4.1.311.60.2.1.2", OID_ATTRIBUTE)                  \
    _(jurisdictionCountryName, "1.3.6.1.4.1.311.60.2.1.3", OID_ATTRIBUTE)                          \
    /* other attributes (RFC 2985, 5652, 5035, 6211) */                                            \
    _(unstructuredName, "1.2.840.113549.1.9.2", OID_ATTRIBUTE)                                     \
    _(contentType, "1.2.840.113549.1.9.3", OID_ATTRIBUTE)                                          \
    _(messageDigest, "1.2.840.113549.1.9.4", OID_ATTRIBUTE)                                        \
    _(signingTime, "1.2.840.113549.1.9.5", OID_ATTRIBUTE)                                          \
    _(countersignature, "1.2.840.113549.1.9.6", OID_ATTRIBUTE)                                     \
    _(challengePassword, "1.2.840.113549.1.9.7", OID_ATTRIBUTE)                                    \
    _(unstructuredAddress, "1.2.840.113549.1.9.8", OID_ATTRIBUTE)                                  \
    _(extensionRequest, "1.2.840.113549.1.9.14", OID_ATTRIBUTE)                                    \
    _(smimeCapabilities, "1.2.840.113549.1.9.15", OID_ATTRIBUTE)                                   \
    _(friendlyName, "1.2.840.113549.1.9.20", OID_ATTRIBUTE)                                        \
    _(localKeyId, "1.2.840.113549.1.9.21", OID_ATTRIBUTE)                                          \
    _(id_aa_CMSAlgorithmProtection, "1.2.840.113549.1.9.52", OID_ATTRIBUTE)                        \
    _(id_aa_signingCertificate, "1.2.840.113549.1.9.16.2.12", OID_ATTRIBUTE)                       \
    _(id_aa_signingCertificateV2, "1.2.840.113549.1.9.16.2.47", OID_ATTRIBUTE)                     \
    /* extensions (RFC 5280, 4.2, 5.2, 5.3) */                                                     \
    _(id_ce_subjectDirectoryAttributes, "2.5.29.9", OID_EXTENSION)                                 \
    _(id_ce_subjectKeyIdentifier, "2.5.29.14", OID_EXTENSION)                                      \
    _(id_ce_keyUsage, "2.5.29.15", OID_EXTENSION)                                                  \
    _(id_ce_privateKeyUsagePeriod, "2.5.29.16", OID_EXTENSION)                                     \
    _(id_ce_subjectAltName, "2.5.29.17", OID_EXTENSION)                                            \
    _(id_ce_issuerAltName, "2.5.29.18", OID_EXTENSION)                                             \
    _(id_ce_basicConstraints, "2.5.29.19", OID_EXTENSION)                                          \
    _(id_ce_cRLNumber, "2.5.29.20", OID_EXTENSION)                                                 \
    _(id_ce_cRLReasons, "2.5.29.21", OID_EXTENSION)                                                \
    _(id_ce_holdInstructionCode, "2.5.29.23", OID_EXTENSION)                                       \
    _(id_ce_invalidityDate, "2.5.29.24", OID_EXTENSION)                                            \
    _(id_ce_deltaCRLIndicator, "2.5.29.27", OID_EXTENSION)                                         \
    _(id_ce_issuingDistributionPoint, "2.5.29.28", OID_EXTENSION)                                  \
    _(id_ce_certificateIssuer, "2.5.29.29", OID_EXTENSION)                                         \
    _(id_ce_nameConstraints, "2.5.29.30", OID_EXTENSION)                                           \
    _(id_ce_cRLDistributionPoints, "2.5.29.31", OID_EXTENSION)                                     \
    _(id_ce_certificatePolicies, "2.5.29.32", OID_EXTENSION)                                       \
    _(id_ce_policyMappings, "2.5.29.33", OID_EXTENSION)                                            \
    _(id_ce_authorityKeyIdentifier, "2.5.29.35", OID_EXTENSION)                                    \
    _(id_ce_policyConstraints, "2.5.29.36", OID_EXTENSION)                                         \
    _(id_ce_extKeyUsage, "2.5.29.37", OID_EXTENSION)                                               \
    _(id_ce_freshestCRL, "2.5.29.46", OID_EXTENSION)                                               \
    _(id_ce_inhibitAnyPolicy, "2.5.29.54", OID_EXTENSION)                                          \
    _(id_pe_authorityInfoAccess, "1.3.6.1.5.5.7.1.1", OID_EXTENSION)                               \
    _(id_pe_qcStatements, "1.3.6.1.5.5.7.1.3", OID_EXTENSION)                                      \
    _(id_pe_subjectInfoAccess, "1.3.6.1.5.5.7.1.11", OID_EXTENSION)                                \
    _(id_pe_tlsfeature, "1.3.6.1.5.5.7.1.24", OID_EXTENSION)                                       \
    _(id_pkix_ocsp_nocheck, "1.3.6.1.5.5.7.48.1.5", OID_EXTENSION)                                 \
    _(signedCertificateTimestampList, "1.3.6.1.4.1.11129.2.4.2", OID_EXTENSION)                    \
    _(netscape_cert_type, "2.16.840.1.113730.1.1", OID_EXTENSION)                                  \
    _(netscape_comment, "2.16.840.1.113730.1.13", OID_EXTENSION)                                   \
    _(microsoft_certificateTemplate, "1.3.6.1.4.1.311.21.7", OID_EXTENSION)                        \
    /* policies and qualifiers (RFC 5280, 4.2.1.4) */                                              \
    _(anyPolicy, "2.5.29.32.0", OID_OTHER)                                                         \
    _(id_qt_cps, "1.3.6.1.5.5.7.2.1", OID_QUALIFIER)                                               \
    _(id_qt_unotice, "1.3.6.1.5.5.7.2.2", OID_QUALIFIER)                                           \
    /* extended key usages (RFC 5280, 4.2.1.12; RFC 6402; RFC 9810, 4.5) */                        \
    _(anyExtendedKeyUsage, "2.5.29.37.0", OID_EKU)                                                 \
    _(id_kp_serverAuth, "1.3.6.1.5.5.7.3.1", OID_EKU)                                              \
    _(id_kp_clientAuth, "1.3.6.1.5.5.7.3.2", OID_EKU)                                              \
    _(id_kp_codeSigning, "1.3.6.1.5.5.7.3.3", OID_EKU)                                             \
    _(id_kp_emailProtection, "1.3.6.1.5.5.7.3.4", OID_EKU)                                         \
    _(id_kp_ipsecEndSystem, "1.3.6.1.5.5.7.3.5", OID_EKU)                                          \
    _(id_kp_ipsecTunnel, "1.3.6.1.5.5.7.3.6", OID_EKU)                                             \
    _(id_kp_ipsecUser, "1.3.6.1.5.5.7.3.7", OID_EKU)                                               \
    _(id_kp_timeStamping, "1.3.6.1.5.5.7.3.8", OID_EKU)                                            \
    _(id_kp_OCSPSigning, "1.3.6.1.5.5.7.3.9", OID_EKU)                                             \
    _(id_kp_ipsecIKE, "1.3.6.1.5.5.7.3.17", OID_EKU)                                               \
    _(id_kp_secureShellClient, "1.3.6.1.5.5.7.3.21", OID_EKU)                                      \
    _(id_kp_secureShellServer, "1.3.6.1.5.5.7.3.22", OID_EKU)                                      \
    _(id_kp_cmcCA, "1.3.6.1.5.5.7.3.27", OID_EKU)                                                  \
    _(id_kp_cmcRA, "1.3.6.1.5.5.7.3.28", OID_EKU)                                                  \
    _(id_kp_cmcArchive, "1.3.6.1.5.5.7.3.29", OID_EKU)                                             \
    _(id_kp_cmKGA, "1.3.6.1.5.5.7.3.32", OID_EKU)                                                  \
    _(microsoft_smartcardLogon, "1.3.6.1.4.1.311.20.2.2", OID_EKU)                                 \
    /* access methods (RFC 5280, 4.2.2) */                                                         \
    _(id_ad_ocsp, "1.3.6.1.5.5.7.48.1", OID_ACCESS_METHOD)                                         \
    _(id_ad_caIssuers, "1.3.6.1.5.5.7.48.2", OID_ACCESS_METHOD)                                    \
    _(id_ad_timeStamping, "1.3.6.1.5.5.7.48.3", OID_ACCESS_METHOD)                                 \
    _(id_ad_caRepository, "1.3.6.1.5.5.7.48.5", OID_ACCESS_METHOD)                                 \
    /* other names (RFC 4043, 4108, 4985, 6120, 8398) */                                           \
    _(id_on_permanentIdentifier, "1.3.6.1.5.5.7.8.3", OID_OTHER_NAME)                              \
    _(id_on_hardwareModuleName, "1.3.6.1.5.5.7.8.4", OID_OTHER_NAME)                               \
    _(id_on_xmppAddr, "1.3.6.1.5.5.7.8.5", OID_OTHER_NAME)                                         \
    _(id_on_dnsSRV, "1.3.6.1.5.5.7.8.7", OID_OTHER_NAME)                                           \
    _(id_on_SmtpUTF8Mailbox, "1.3.6.1.5.5.7.8.9", OID_OTHER_NAME)                                  \
    _(microsoft_userPrincipalName, "1.3.6.1.4.1.311.20.2.3", OID_OTHER_NAME)                       \
    /* hold instructions (RFC 5280, 5.3.2) */                                                      \
    _(id_holdinstruction_none, "1.2.840.10040.2.1", OID_OTHER)                                     \
    _(id_holdinstruction_callissuer, "1.2.840.10040.2.2", OID_OTHER)                               \
    _(id_holdinstruction_reject, "1.2.840.10040.2.3", OID_OTHER)                                   \
    /* contents and recipients (RFC 5652, 5083, 5958, 4211, 9629) */                               \
    _(id_data, "1.2.840.113549.1.7.1", OID_CONTENT_TYPE)                                           \
    _(id_signedData, "1.2.840.113549.1.7.2", OID_CONTENT_TYPE)                                     \
    _(id_envelopedData, "1.2.840.113549.1.7.3", OID_CONTENT_TYPE)                                  \
    _(id_digestedData, "1.2.840.113549.1.7.5", OID_CONTENT_TYPE)                                   \
    _(id_encryptedData, "1.2.840.113549.1.7.6", OID_CONTENT_TYPE)                                  \
    _(id_ct_authData, "1.2.840.113549.1.9.16.1.2", OID_CONTENT_TYPE)                               \
    _(id_ct_TSTInfo, "1.2.840.113549.1.9.16.1.4", OID_CONTENT_TYPE)                                \
    _(id_ct_encKeyWithID, "1.2.840.113549.1.9.16.1.21", OID_CONTENT_TYPE)                          \
    _(id_ct_authEnvelopedData, "1.2.840.113549.1.9.16.1.23", OID_CONTENT_TYPE)                     \
    _(id_ct_KP_aKeyPackage, "2.16.840.1.101.2.1.2.78.5", OID_CONTENT_TYPE)                         \
    _(id_ori_kem, "1.2.840.113549.1.9.16.13.3", OID_OTHER)
/* clang-format on */

enum oid {
    OID_NONE,                           /* not in the table */
#define OID_ENUM(name, dotted, kind) OID_##name,
    OID_ROWS(OID_ENUM)
#undef OID_ENUM
    OID_COUNT
};

/* The row of an OBJECT IDENTIFIER's contents; OID_NONE when there is none. */
enum oid oid_find(struct span contents);

/* Contents octets, static; absent for OID_NONE. */
struct span oid_contents(enum oid id);

/* "id-it-certProfile", "sha256WithRSAEncryption", ...; "?" for OID_NONE. */
const char *oid_name(enum oid id);

/* Bits of enum oid_kind. */
unsigned oid_kind(enum oid id);

/* "CN", "serialNumber", ... for a naming attribute that has a common short name, else NULL. */
const char *oid_attribute(enum oid id);

/* "1.3.6.1.5.5.7.4.21"; always NUL-terminated, cut when it does not fit.  Returns buf. */
char *oid_dotted(struct span contents, char *buf, size_t size);

/* The name when the table has one, else the dotted form. */
char *oid_text(struct span contents, char *buf, size_t size);

/* Contents from dotted text, in the arena; absent when it is no OID or memory is out. */
struct span oid_parse(struct arena *a, const char *dotted);

/* The row with this name ("id-kp-cmcRA" or "cmcRA" for an id-xx- name) or dotted text;
 * OID_NONE when there is none.  For configuration files, not for speed. */
enum oid oid_named(const char *name);

#endif
