/* A gateway's view of one message, with a real CA, real keys, a real store in a file: what the tests of
 * protocol/ stand on.
 *
 * A draft is a good message in parts.  A test spoils one part, and receive() encodes, protects and sends
 * it through the checks in a worker's order.
 */
#ifndef PROTOCOL_HELP_H
#define PROTOCOL_HELP_H
#include "gateway/protocol/general.h"
#include "gateway/protocol/respond.h"

#define REFERENCE "pump-7"
#define PASSWORD "a shared secret of the test's"

/* A certificate and its key. */
struct holder {
    struct crypto_key *key;
    struct span certificate, subject;
    struct certificate *row;            /* NULL: not in the inventory */
};

struct fixture {
    char directory[64];
    struct arena *arena;
    int64_t now;
    struct store *store;
    struct config config;
    struct config_key signer;
    struct config_profile profiles[2];  /* "default", "other" */
    struct config_backend backends[2];  /* "demo" for the first profile, "far" for the other */
    struct config_endpoint endpoint;
    struct config_key_type key_types[4];
    enum oid purposes[2];
    struct holder ca, server;
    struct config_key ca_key;           /* of "demo" */
    struct general_ca cas[2];
    struct general general;             /* genm: asked of these, and answered */
    struct span ca_name;
    struct crypto_key *keys[256];        /* all that are to be freed */
    size_t key_count;
    uint8_t our_nonce[CRYPTO_NONCE];    /* of the steps that the fixture wrote */
    /* what the last receive() left */
    struct inbound in;
    struct refusal no;
    struct request request;
    bool in_request;                    /* its header and profile were good */
    bool accepted;                      /* certConf */
    int64_t polled;                     /* pollReq */
};

struct draft;
struct fixture *fixture_new(void);
void fixture_free(struct fixture *);

/* ---- people ---------------------------------------------------------------------------------- */

/* What is special about a certificate. */
enum {
    HOLDER_STRANGER = 1 << 0,           /* issued by our CA, and not in the inventory */
    HOLDER_NO_KEY_USAGE = 1 << 1,
    HOLDER_CANNOT_SIGN = 1 << 2,        /* keyUsage keyAgreement */
    HOLDER_NO_IDENTIFIER = 1 << 3,      /* no subjectKeyIdentifier */
    HOLDER_EXPIRED = 1 << 4,
    HOLDER_UNCONFIRMED = 1 << 5,
    HOLDER_BY_SECRET = 1 << 6,          /* obtained with the shared secret */
    HOLDER_WITH_NAMES = 1 << 7,         /* subjectAltName pump7.example */
    HOLDER_SELF_SIGNED = 1 << 8,
    HOLDER_NOT_YET = 1 << 9,
    HOLDER_CA = 1 << 10,
    HOLDER_BY_NAMESAKE = 1 << 11,       /* obtained with a certificate whose digest reads like the reference */
    HOLDER_RA = 1 << 12,                /* extendedKeyUsage id-kp-cmcRA */
    HOLDER_CMC_CA = 1 << 13,            /* … id-kp-cmcCA */
    HOLDER_CLIENT = 1 << 14             /* … id-kp-clientAuth */
};
struct span fixture_certify(struct fixture *, struct span subject, const struct crypto_key *, struct span issuer,
                            const struct crypto_key *issuer_key, unsigned special);
struct holder fixture_holder(struct fixture *, const char *common_name, const char *key_type, unsigned special);
/* What a CA makes of a draft's request: its key, the subject "pump 7". */
struct span fixture_issue(struct fixture *, const struct draft *);
void fixture_revoke(struct fixture *, const struct holder *, unsigned reason);
/* Adds or replaces a secret; `change` (may be NULL) edits the row first. */
void fixture_secret(struct fixture *, const char *reference, const char *password,
                    void (*change)(struct secret *));
/* Makes a PEM file of certificates the profile's anchors, and admits them. */
void fixture_anchor(struct fixture *, const struct holder *);
void fixture_tolerate(struct fixture *, enum quirk);
struct crypto_key *fixture_key(struct fixture *, const char *type);
/* DER Name: CN as UTF8String, or with the tag given. */
struct span fixture_name(struct fixture *, const char *common_name);
struct Name *fixture_name_tagged(struct fixture *, const char *common_name, int directory_string_arm);
struct Name *fixture_decoded_name(struct fixture *, struct span der);

/* ---- drafts ---------------------------------------------------------------------------------- */

struct draft {
    struct fixture *f;
    struct PKIMessage *message;
    struct PKIHeader *header;
    struct PKIBody *body;
    /* by body */
    struct CertReqMsg *request;         /* ir, cr, kur */
    struct CertTemplate *template;
    const struct holder *about;         /* draft_about() */
    struct CertificationRequestInfo *info;
    struct RevDetails *details;
    struct CertStatus *status;
    struct PollReq *poll;
    struct PKIStatusInfo *error;
    /* how it is made */
    const struct crypto_key *key;       /* to be certified */
    const struct crypto_key *pop_key;   /* signs the POP instead of it */
    const struct holder *signer;        /* NULL: MAC */
    const char *password;
    bool keep_popo, keep_protection;    /* as the test made them */
    bool damage_pop, damage_protection;
    struct span der;                    /* when it is finished */
};

/* A good message under the shared secret: opening bodies with their own transactionID. */
struct draft *draft_new(struct fixture *, int arm);
/* Of the same transaction and credential, and an answer to the step that the fixture wrote. */
struct draft *draft_follow(const struct draft *opening, int arm);
/* Protected by this certificate instead of the secret. */
void draft_sign(struct draft *, const struct holder *);
/* The same with the secret and another algorithm. */
void draft_mac(struct draft *, const char *reference, const char *password, int64_t iterations);
/* kur, rr: about this certificate. */
void draft_about(struct draft *, const struct holder *);
/* certConf: for this certificate. */
void draft_confirms(struct draft *, const struct holder *);
void draft_extension(struct draft *, enum oid, bool critical, const struct asn1_type *, const void *value);
void draft_extension_der(struct draft *, const char *oid, bool critical, const char *octets, size_t len);
void draft_info(struct draft *, enum oid, const struct asn1_type *, const void *value);
void draft_certProfile(struct draft *, const char *name, const char *second);
/* Writes what committed the draft's transaction: its first step, in this phase, answered with our_nonce. */
void draft_committed(struct draft *, enum phase, const struct holder *issued);

/* Encodes and protects. */
void draft_finish(struct draft *);
/* Finishes the second and puts it into the first, a nested message. */
void draft_put_inside(struct draft *, struct draft *);
/* The same, into a new one with its IDs, signed by this RA; NULL: with a MAC. */
struct draft *draft_wrap(struct draft *, const struct holder *ra);
/* Finishes and sends it through the checks; false: fixture.no says why. */
bool receive(struct draft *);

/* ---- values ---------------------------------------------------------------------------------- */

struct span *value_of(struct fixture *, struct span contents);
struct span put_text(struct fixture *, const char *text);
struct asn1_list *put_names(struct fixture *, int arm, const char *octets);
struct AlgorithmIdentifier *put_algorithm(struct fixture *, enum oid);
struct AlgorithmIdentifier *put_pbm(struct fixture *, enum oid owf, enum oid mac, int64_t iterations);

/* ---- answers --------------------------------------------------------------------------------- */

/* What is wrong with an answer to the last message received: header, protection, the signer's
 * certificate in its place; "" for nothing.  *out is the decoded message. */
const char *answer_fault(struct fixture *, struct span der, struct PKIMessage **out);
/* The same for the refusal that f->no leads to, and whether it says what it should in the body it should. */
const char *refusal_fault(struct fixture *, bool by_mac);
/* The same message to a whole gateway on the same store: the same refusal comes out, and the store is what it was. */
const char *gateway_fault(struct draft *, bool by_mac);
/* refusal_fault() of a refusal that is there; its text is that of f->no, or any. */
const char *refusal_fault_in(struct fixture *, struct span der, bool by_mac, bool any_text);
/* Of the body of an answer, when it is the only one; otherwise NULL. */
const struct PKIStatusInfo *answer_status(const struct PKIBody *);
/* The body that answers an opening request (RFC 9483 3.6.2). */
int answer_arm(int request_arm);

/* A test with a fixture of its own. */
#define CASE(NAME)                                                             \
    static void case_##NAME(struct fixture *f);                                \
    TEST(NAME)                                                                 \
    {                                                                          \
        struct fixture *f = fixture_new();                                     \
        REQUIRE(f != NULL);                                                    \
        case_##NAME(f);                                                        \
        fixture_free(f);                                                       \
    }                                                                          \
    static void case_##NAME(struct fixture *f)

#define EXPECT_ACCEPTED(DRAFT)                                                 \
    do {                                                                       \
        struct draft *draft_ = (DRAFT);                                        \
        draft_->f->no = (struct refusal){ .text = "" };                        \
        if (!receive(draft_)) {                                                \
            TEST_FAIL("refused: %s", draft_->f->no.text);                      \
        }                                                                      \
    } while (0)

/* Refused with this failInfo and these words, and so answered, by a whole gateway as well, whose store stays what it was;
 * `PROVEN`: after its protection held. */
#define EXPECT_REFUSED_AS(DRAFT, FAILURE, WORDS, PROVEN)                       \
    do {                                                                       \
        struct draft *draft_ = (DRAFT);                                        \
        struct fixture *f_ = draft_->f;                                        \
        f_->no = (struct refusal){ .text = "accepted" };                       \
        bool received_ = receive(draft_);                                      \
        EXPECT(!received_);                                                    \
        EXPECT_STR(failure_name(f_->no.failure), #FAILURE);                    \
        EXPECT_HAS(f_->no.text, WORDS);                                        \
        EXPECT_EQ(f_->in.sender.credential.kind != CREDENTIAL_NONE, PROVEN);   \
        if (!received_ && !f_->no.unavailable) {                               \
            EXPECT_STR(refusal_fault(f_, (PROVEN) && draft_->signer == NULL), ""); \
            EXPECT_STR(gateway_fault(draft_, (PROVEN) && draft_->signer == NULL), ""); \
        }                                                                      \
    } while (0)
/* Refused without the quirk, whatever other quirks there are, and served with it. */
#define EXPECT_QUIRK_AS(DRAFT, QUIRK, FAILURE, WORDS, PROVEN)                  \
    do {                                                                       \
        struct draft *quirky_ = (DRAFT);                                       \
        uint64_t before_ = f->endpoint.tolerate;                               \
        EXPECT_REFUSED_AS(quirky_, FAILURE, WORDS, PROVEN);                    \
        f->endpoint.tolerate = ~(UINT64_C(1) << (QUIRK));                      \
        EXPECT_REFUSED_AS(quirky_, FAILURE, WORDS, PROVEN);                    \
        f->endpoint.tolerate = before_;                                        \
        fixture_tolerate(f, QUIRK);                                            \
        EXPECT_ACCEPTED(quirky_);                                              \
    } while (0)
#define EXPECT_QUIRK(DRAFT, QUIRK, FAILURE, WORDS) EXPECT_QUIRK_AS(DRAFT, QUIRK, FAILURE, WORDS, true)
#define EXPECT_REFUSED(DRAFT, FAILURE, WORDS) EXPECT_REFUSED_AS(DRAFT, FAILURE, WORDS, true)
#define EXPECT_DISTRUSTED(DRAFT, FAILURE, WORDS) EXPECT_REFUSED_AS(DRAFT, FAILURE, WORDS, false)

#endif
