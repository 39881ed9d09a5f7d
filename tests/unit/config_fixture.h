/* A directory with keys and certificates made by openssl, and configurations read from it. */
#ifndef CONFIG_FIXTURE_H
#define CONFIG_FIXTURE_H
#include "gateway/config.h"

/* modules, gateway, the keys "ca" and "signer": lines 1 to 4 of every configuration below. */
#define HEAD                                                                                                   \
    "modules = {door, office}\n"                                                                               \
    "gateway { signer = signer trust = ca.pem module-directory = \"" TEST_MODULES "\" }\n"                     \
    "key ca { file = ca.key certificate = ca.pem }\n"                                                          \
    "key signer { file = signer.key certificate = signer.pem }\n"

/* Lines 5 to 7. */
#define TAIL                                                                                                   \
    "office demo { }\n"                                                                                        \
    "profile default { }\n"                                                                                    \
    "door lan { listen = 127.0.0.1:8080 }\n"

/* Reads `text` as cmpgate.conf of the directory.  What is complained of is in fixture_complaints, one a line,
 * beginning with "cmpgate.conf:". */
struct config *fixture_read(const char *text);
struct config *fixture_read_octets(const void *text, size_t len);
extern char fixture_complaints[16384];

/* The complaints of a configuration that must not be accepted; "accepted" when it was. */
const char *fixture_fault(const char *text);

/* A path below the directory; static, until the next call. */
const char *fixture_path(const char *name);

#endif
