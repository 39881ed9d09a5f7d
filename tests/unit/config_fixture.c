#include "config_fixture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/module.h"

char fixture_complaints[16384];
static char directory[64];

/* Only the process that made the directory removes it. */
static pid_t owner;

static void remove_directory(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (getpid() == owner && system(command) != 0) {
        perror(directory);
    }
}

static void openssl(const char *arguments)
{
    char command[1024];

    snprintf(command, sizeof command, "cd %s && umask 077 && openssl %s 2>openssl.log || { cat openssl.log >&2; exit 1; }",
             directory, arguments);
    if (system(command) != 0) {
        fprintf(stderr, "openssl %s failed\n", arguments);
        exit(1);
    }
}

static void certificate(const char *name, const char *key, const char *extensions, const char *days)
{
    char arguments[512];

    snprintf(arguments, sizeof arguments, "req -new -x509 -key %s -subj /CN=%s -days %s -out %s.pem %s", key, name,
             days, name, extensions);
    openssl(arguments);
}

static void make_files(void)
{
    char why[256];

    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key");
    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signer.key");
    certificate("ca", "ca.key", "-addext keyUsage=critical,keyCertSign,cRLSign", "30");
    certificate("signer", "signer.key", "-addext basicConstraints=critical,CA:FALSE "
                "-addext keyUsage=critical,digitalSignature", "30");
    certificate("mute", "signer.key", "-addext basicConstraints=critical,CA:FALSE "
                "-addext keyUsage=critical,keyAgreement", "30");
    openssl("x509 -new -key signer.key -subj /CN=old -days -1 -out old.pem");
    if (!crypto_seal_create(fixture_path("seal.key"), why, sizeof why)) {
        fprintf(stderr, "seal.key: %s\n", why);
        exit(1);
    }
}

__attribute__((constructor))
static void make_directory(void)
{
    strcpy(directory, "/tmp/cmpgate-test-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        perror(directory);
        exit(1);
    }
    owner = getpid();
    atexit(remove_directory);
    make_files();
}

const char *fixture_path(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* Without the directory's name, which differs from run to run. */
static void note(void *context, const char *line)
{
    size_t len = strlen(fixture_complaints), prefix = strlen(directory) + 1;

    (void)context;
    for (const char *at = line; *at != '\0' && len + 2 < sizeof fixture_complaints;) {
        if (strncmp(at, directory, prefix - 1) == 0 && at[prefix - 1] == '/') {
            at += prefix;
        } else {
            fixture_complaints[len++] = *at++;
        }
    }
    strcpy(fixture_complaints + len, "\n");
}

struct config *fixture_read_octets(const void *text, size_t len)
{
    FILE *out = fopen(fixture_path("cmpgate.conf"), "w");

    fwrite(text, 1, len, out);
    fclose(out);
    fixture_complaints[0] = '\0';
    return config_read(fixture_path("cmpgate.conf"), note, NULL);
}

struct config *fixture_read(const char *text)
{
    return fixture_read_octets(text, strlen(text));
}

const char *fixture_fault(const char *text)
{
    struct config *config = fixture_read(text);

    if (config != NULL) {
        config_unref(config);
        return "accepted";
    }
    return fixture_complaints;
}
