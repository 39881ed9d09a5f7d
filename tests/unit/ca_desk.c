#include "ca_desk.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codec/pkcs10.h"

const struct key_kind p256 = { "P-256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha256",
                               GNUTLS_SIGN_ECDSA_SHA256 };
const struct key_kind p384 = { "P-384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha384",
                               GNUTLS_SIGN_ECDSA_SHA384 };
const struct key_kind rsa2048 = { "RSA-2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha256",
                                  GNUTLS_SIGN_RSA_SHA256 };
const struct key_kind ed25519 = { "Ed25519", "-algorithm ED25519", "", GNUTLS_SIGN_EDDSA_ED25519 };

#define CA_ARGUMENTS "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign"

/* ---- files and commands --------------------------------------------------------------------- */

static struct span read_stream(FILE *in, struct arena *a)
{
    char *text = NULL;
    size_t len = 0, room = 0;

    while (!feof(in) && !ferror(in)) {
        room = len + 65536;
        text = realloc(text, room);
        len += fread(text + len, 1, room - len, in);
    }
    struct span copy = arena_copy(a, text, len);
    free(text);
    return copy;
}

static struct span read_file(struct cmpgate_instance *d, const char *file)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", d->directory, file);
    FILE *in = fopen(path, "rb");
    struct span content = in != NULL ? read_stream(in, d->arena) : (struct span){ NULL, 0 };
    if (in != NULL) {
        fclose(in);
    }
    return content;
}

bool desk_write(struct cmpgate_instance *d, const char *file, struct cmpgate_bytes bytes)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", d->directory, file);
    FILE *out = fopen(path, "wb");
    bool ok = out != NULL && fwrite(bytes.ptr, 1, bytes.len, out) == bytes.len;
    return out != NULL && fclose(out) == 0 && ok;
}

const char *desk_run(struct cmpgate_instance *d, int *status, const char *format, ...)
{
    char command[4096], line[8192];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    snprintf(line, sizeof line, "cd %s && { %s; } 2>&1 </dev/null", d->directory, command);
    FILE *in = popen(line, "r");
    struct span text = read_stream(in, d->arena);
    int ended = pclose(in);
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    char *output = arena_zalloc(d->arena, text.len + 1);
    memcpy(output, text.ptr, text.len);
    if (*status != 0 && getenv("CA_DESK_VERBOSE") != NULL) {
        fprintf(stderr, "%s: exit status %d\n%s", command, *status, output);
    }
    return output;
}

/* ---- the desk ------------------------------------------------------------------------------- */

static struct cmpgate_bytes keep(struct cmpgate_instance *d, size_t slot, struct cmpgate_bytes bytes)
{
    free(d->outcome_memory[slot]);
    d->outcome_memory[slot] = malloc(bytes.len + 1);
    if (bytes.ptr == NULL) {
        return bytes;
    }
    memcpy(d->outcome_memory[slot], bytes.ptr, bytes.len);
    return (struct cmpgate_bytes){ d->outcome_memory[slot], bytes.len };
}

/* Copies, as the contract says: what the backend passes may be gone when complete() has returned. */
static void complete(struct cmpgate_instance *d, struct cmpgate_bytes id, const struct cmpgate_outcome *outcome)
{
    (void)id;
    d->completions++;
    d->outcome = *outcome;
    d->outcome.certificate = keep(d, 0, outcome->certificate);
    d->outcome.value = keep(d, 1, outcome->value);
    d->outcome.token = keep(d, 2, outcome->token);
    if (outcome->text != NULL) {
        struct cmpgate_bytes text = { (const uint8_t *)outcome->text, strlen(outcome->text) + 1 };
        d->outcome.text = (const char *)keep(d, 3, text).ptr;
    }
    size_t size = outcome->chain_count * sizeof *outcome->chain;
    d->outcome.chain = (const void *)keep(d, 4, (struct cmpgate_bytes){ (const void *)outcome->chain, size }).ptr;
}

static bool find_key(struct cmpgate_instance *d, const char *name, struct cmpgate_key_info *info)
{
    *info = d->info;
    return strcmp(name, "ca") == 0;
}

static bool sign(struct cmpgate_instance *d, const char *name, struct cmpgate_bytes tbs, uint8_t *out, size_t *len)
{
    gnutls_datum_t data = { (unsigned char *)(uintptr_t)tbs.ptr, (unsigned)tbs.len }, signature;

    if (d->cannot_sign || strcmp(name, "ca") != 0 ||
        gnutls_privkey_sign_data2(d->key, d->kind->sign, 0, &data, &signature) != 0) {
        return false;
    }
    memcpy(out, signature.data, signature.size);
    *len = signature.size;
    gnutls_free(signature.data);
    return true;
}

static bool each_revoked(struct cmpgate_instance *d, struct cmpgate_bytes issuer,
                         void (*row)(void *, const struct cmpgate_revoked *), void *context)
{
    (void)issuer;
    for (uint32_t i = 0; i < d->revoked; i++) {
        uint8_t serial[16] = { 1, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0xee };
        struct cmpgate_revoked revoked = { .size = sizeof revoked, .serial = { serial, sizeof serial },
                                           .revoked_at = d->now - 60, .not_after = d->now + 86400,
                                           .reason = i % 11 };
        row(context, &revoked);
    }
    return !d->cannot_read_store;
}

__attribute__((format(printf, 4, 5)))
static void write_log(struct cmpgate_instance *d, enum cmpgate_severity severity, struct cmpgate_bytes id,
                      const char *format, ...)
{
    size_t used = strlen(d->log);
    va_list args;

    (void)id;
    if (severity >= CMPGATE_WARN) {
        va_start(args, format);
        vsnprintf(d->log + used, sizeof d->log - used, format, args);
        va_end(args);
    }
}

/* ---- the CA --------------------------------------------------------------------------------- */

static bool read_key(struct cmpgate_instance *d)
{
    int status = 1;
    struct asn1_error ignored;

    desk_run(d, &status, "openssl x509 -in ca.pem -outform DER -out ca.der");
    struct span pem = read_file(d, "ca.key"), der = read_file(d, "ca.der");
    struct Certificate *certificate = status == 0 ? Certificate_decode(der, d->arena, &ignored) : NULL;
    gnutls_datum_t datum = { (unsigned char *)(uintptr_t)pem.ptr, (unsigned)pem.len };

    if (certificate == NULL || gnutls_privkey_init(&d->key) != 0 ||
        gnutls_privkey_import_x509_raw(d->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0) != 0) {
        return false;
    }
    d->now = time(NULL);                /* not before notBefore */
    d->info = (struct cmpgate_key_info){
        .size = sizeof d->info,
        .certificate = { der.ptr, der.len },
        /* Signed by the same kind of key. */
        .signature_algorithm = { certificate->signatureAlgorithm->der.ptr, certificate->signatureAlgorithm->der.len },
    };
    return true;
}

struct cmpgate_instance *desk_new(const struct key_kind *kind, int days, const char *req_arguments)
{
    struct cmpgate_instance *d = calloc(1, sizeof *d);
    int status = 1;

    *d = (struct cmpgate_instance){
        .desk = { sizeof d->desk, complete, find_key, sign, each_revoked, write_log },
        .directory = "/tmp/cmpgate-ca-XXXXXX",
        .arena = arena_new(),
        .kind = kind,
    };
    if (mkdtemp(d->directory) != NULL) {
        desk_run(d, &status, "openssl genpkey %s -out ca.key && openssl req -new -x509 %s -key ca.key -days %d "
                 "-subj '/O=Example/CN=Root of %s' -out ca.pem %s", kind->genpkey, kind->digest, days, kind->name,
                 req_arguments != NULL ? req_arguments : CA_ARGUMENTS);
    }
    if (status != 0 || !read_key(d)) {
        fprintf(stderr, "no CA in %s\n", d->directory);
        desk_free(d);
        return NULL;
    }
    return d;
}

bool desk_make_subordinate(struct cmpgate_instance *d)
{
    int status = 1;
    struct cmpgate_bytes *chain = arena_alloc(d->arena, sizeof *chain);

    *chain = d->info.certificate;
    desk_run(d, &status, "mv ca.pem root.pem && mv ca.key root.key && openssl genpkey %s -out ca.key && "
             "printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
             "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >ext && "
             "openssl req -new -key ca.key -subj '/O=Example/CN=Issuing' | "
             "openssl x509 -req %s -CA root.pem -CAkey root.key -CAcreateserial -days 9 -extfile ext -out ca.pem",
             d->kind->genpkey, d->kind->digest);
    gnutls_privkey_deinit(d->key);
    bool ok = status == 0 && read_key(d);
    d->info.chain = chain;
    d->info.chain_count = 1;
    return ok;
}

void desk_free(struct cmpgate_instance *d)
{
    int status;

    if (d == NULL) {
        return;
    }
    if (d->self != NULL) {
        d->module->close(d->self);
    }
    if (d->key != NULL) {
        gnutls_privkey_deinit(d->key);
    }
    desk_run(d, &status, "rm -rf %s", d->directory);
    for (size_t i = 0; i < sizeof d->outcome_memory / sizeof d->outcome_memory[0]; i++) {
        free(d->outcome_memory[i]);
    }
    arena_free(d->arena);
    free(d->options);
    free(d);
}

/* ---- the module ----------------------------------------------------------------------------- */

static int64_t seconds(const char *text)
{
    char *unit = NULL;
    int64_t n = strtoll(text, &unit, 10);

    return *unit == 'd' ? n * 86400 : n;
}

static void set(struct cmpgate_instance *d, const struct cmpgate_option *row, const char *const *words)
{
    void *member = (char *)d->options + row->offset;

    if (row->type == CMPGATE_LIST) {
        memcpy(member, &words, sizeof words);
    } else if (row->type == CMPGATE_SECONDS) {
        int64_t n = seconds(words[0]);
        memcpy(member, &n, sizeof n);
    } else {
        memcpy(member, &words[0], sizeof words[0]);
    }
}

void desk_set(struct cmpgate_instance *d, const char *option, ...)
{
    const char **words = arena_zalloc(d->arena, 8 * sizeof *words), *word = NULL;
    size_t count = 0;
    va_list args;

    va_start(args, option);
    while ((word = va_arg(args, const char *)) != NULL && count < 7) {
        words[count++] = word;
    }
    va_end(args);
    for (const struct cmpgate_option *row = d->module->options; row->name != NULL; row++) {
        if (strcmp(row->name, option) == 0) {
            set(d, row, words);
            return;
        }
    }
    fprintf(stderr, "the module has no option %s\n", option);
    abort();
}

bool desk_load(struct cmpgate_instance *d, const char *module)
{
    static const char *const none[] = { NULL };
    void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);

    d->module = handle != NULL ? dlsym(handle, "cmpgate_backend") : NULL;
    if (d->module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    d->options = calloc(1, d->module->options_size);
    for (const struct cmpgate_option *row = d->module->options; row->name != NULL; row++) {
        if (row->fallback != NULL) {
            set(d, row, &row->fallback);
        } else if (row->type == CMPGATE_LIST) {
            set(d, row, none);
        }
    }
    desk_set(d, "key", "ca", NULL);
    return true;
}

bool desk_open(struct cmpgate_instance *d)
{
    d->self = d->module->open(&d->desk, d, d->options);
    return d->self != NULL;
}

/* ---- orders --------------------------------------------------------------------------------- */

struct cmpgate_order desk_order(struct cmpgate_instance *d, const char *genpkey, const char *req_arguments)
{
    static const uint8_t id[16] = "an order to test";
    int status = 1;
    struct asn1_error ignored;
    struct cmpgate_order order = { .size = sizeof order, .kind = CMPGATE_CERTIFY, .id = { id, sizeof id },
                                   .attempt = 1, .now = d->now, .not_before = d->now,
                                   .not_after = d->now + 30 * 86400 };

    desk_run(d, &status, "openssl genpkey %s -out ee.key && openssl req -new -key ee.key -outform DER -out ee.csr %s",
             genpkey, req_arguments);
    struct CertificationRequest *request = CertificationRequest_decode(read_file(d, "ee.csr"), d->arena, &ignored);
    if (status != 0 || request == NULL) {
        fprintf(stderr, "no request from openssl req %s\n", req_arguments);
        return order;
    }
    struct CertificationRequestInfo *info = request->certificationRequestInfo;
    struct asn1_list *extensions = Attributes_value(&info->attributes, OID_extensionRequest);
    order.subject = (struct cmpgate_bytes){ info->subject->der.ptr, info->subject->der.len };
    order.public_key = (struct cmpgate_bytes){ info->subjectPKInfo->der.ptr, info->subjectPKInfo->der.len };
    if (extensions != NULL) {
        order.extensions = (struct cmpgate_bytes){ extensions->der.ptr, extensions->der.len };
    }
    return order;
}

bool desk_submit(struct cmpgate_instance *d, const struct cmpgate_order *order)
{
    d->completions = 0;
    d->module->submit(d->self, order);
    return d->completions == 1;
}

bool desk_check(struct cmpgate_instance *d, const struct cmpgate_order *order)
{
    d->completions = 0;
    d->module->check(d->self, order);
    return d->completions == 1;
}

struct Certificate *desk_certificate(struct cmpgate_instance *d)
{
    struct asn1_error err;
    char text[128];
    struct span der = arena_copy(d->arena, d->outcome.certificate.ptr, d->outcome.certificate.len);
    struct Certificate *certificate = Certificate_decode(der, d->arena, &err);

    if (certificate == NULL) {
        fprintf(stderr, "%s\n", asn1_error_text(&err, text, sizeof text));
    }
    return certificate;
}
