/* Two certification authorities and what they issued, as PEM files in a directory of their own. */
#ifndef HTTP_TLS_PKI_H
#define HTTP_TLS_PKI_H
#include <stddef.h>
#include <stdint.h>

/* Certificates NAME.pem with keys NAME.key:
 *   ca, other      the authorities
 *   server         of ca, for 127.0.0.1 only
 *   client         of ca          stranger    of other
 *   expired        of ca          webserver   of ca, only for TLS servers
 * and "open.key": client.key, readable by everybody. */
void pki_make(void);            /* once for all tests; removed when the process ends */
const char *pki_file(const char *name);     /* its path; "client.pem" */
size_t pki_der(const char *name, uint8_t *out, size_t size);    /* of a certificate */

#endif
