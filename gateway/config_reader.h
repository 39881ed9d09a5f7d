/* The reading of one configuration file: shared by config*.c and by nobody else. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H
#include <confuse.h>

#include "gateway/config.h"
#include "gateway/config_outline.h"
#include "gateway/module.h"
#include "gateway/option.h"

/* A kind of section: what may stand in it. */
struct section_kind {
    const char *keyword;
    bool titled;
    const struct cmpgate_option *common;    /* the gateway's options; an empty table: none */
    const struct cmpgate_option *own;       /* the module's */
    const struct module *module;            /* NULL: a section of the gateway itself */
};

struct complaint {
    struct complaint *next;
    unsigned line;
    const char *text;
};

struct reader {
    struct config *config;
    struct arena *arena;                    /* lives as long as the configuration */
    const char *file, *directory;
    struct outline *outline;
    cfg_t *values;
    struct section_kind *kinds;
    size_t kind_count;
    struct complaint *complaints;           /* in order of their lines */
};

/* Always false. */
bool reader_complain(struct reader *, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void reader_complain_va(void *reader, unsigned line, const char *format, va_list);

/* ---- config_parse.c: libconfuse ------------------------------------------------------------------- */

/* The values of all sections whose kinds are known; options that are not in their tables are left out.
 * NULL after a complaint. */
cfg_t *parse_values(struct reader *, const char *text);
/* The words of an option; they live as long as r->values.  0 when it is not there. */
size_t parse_words(const struct reader *, const struct outline_section *, const char *option, const char **words,
                   size_t most);

/* ---- config_section.c: sections against their tables ------------------------------------------------- */

const struct section_kind *section_kind(const struct reader *, const char *keyword);
/* Sections that are unknown, named wrongly or there twice; options that are unknown or there twice: first those
 * of the gateway itself, then, when the modules are loaded, the others.  False: the values cannot be read. */
bool sections_check_own(struct reader *);
bool sections_check_modules(struct reader *);
/* Fills `options` from a section; complains of what is wrong or missing.  Missing options get their
 * fallbacks. */
void section_fill(struct reader *, const struct outline_section *, const struct cmpgate_option *, void *options);
/* The line of an option, or of the section when it is not there. */
unsigned section_line(const struct outline_section *, const char *option);
/* http "lan" */
void section_text(const struct outline_section *, char out[160]);
size_t sections_count(const struct reader *, const char *keyword);
/* The next section with this keyword after `before` (NULL: the first); NULL: none. */
const struct outline_section *section_next(const struct reader *, const char *keyword,
                                           const struct outline_section *before);

/* One of some words: its place, or `count` after a complaint. */
size_t section_choice(struct reader *, const struct outline_section *, const char *option, const char *word,
                      const char *const *words, size_t count);
/* Several of them, as bits in their order. */
uint32_t section_choices(struct reader *, const struct outline_section *, const char *option,
                         const char *const *list, const char *const *words, size_t count);

/* ": did you mean 'listen'?" or nothing. */
void section_hint(const char *word, const char *const *candidates, size_t count, char out[64]);

/* ---- config_quirk.c -------------------------------------------------------------------------------- */

/* The words of `tolerate`: bits of the protocol's quirks, and of those of a transport's own table (NULL: a
 * profile, which names none of them). */
void read_quirks(struct reader *, const struct outline_section *, const char *const *words,
                 const struct cmpgate_quirk *own, uint64_t *tolerate, uint64_t *tolerate_own);

/* ---- config_algorithm.c ---------------------------------------------------------------------------- */

struct config_words {
    const char *const *signatures, *const *macs, *const *mac_hmacs, *const *mac_digests, *const *mac_prfs, *const *hashes;
};
/* The algorithms that a profile admits, by their names; complains of what nobody here computes. */
void read_algorithms(struct reader *, const struct outline_section *, const struct config_words *,
                     struct config_profile *);

/* ---- config_anchors.c ------------------------------------------------------------------------------ */

struct anchors_words {
    const char *crl, *responder, *nonce;
    const char *const *sources, *const *hosts;
    bool required;
    int64_t max_age, timeout;
};
/* Where the status of certificates under the profile's anchors is looked at: files, and who is asked. */
void read_anchors_status(struct reader *, const struct outline_section *, const struct anchors_words *,
                         struct config_profile *);

/* ---- the sections themselves -------------------------------------------------------------------------- */

extern const struct cmpgate_option gateway_options[], key_options[], profile_options[], endpoint_options[];

void read_gateway(struct reader *);         /* config_gateway.c */
void read_root_updates(struct reader *, unsigned line, const char *path);    /* config_root.c */
void read_keys(struct reader *);            /* config_key.c */
void read_profiles(struct reader *);        /* config_profile.c */
void read_backends(struct reader *);        /* config_endpoint.c */
void read_endpoints(struct reader *);

/* ---- files ------------------------------------------------------------------------------------------- */

/* config_files.c: of what is in the files that PATH options name. */
void digest_files(const struct cmpgate_option *, const void *options, uint8_t out[CONFIG_FILES_DIGEST]);
/* A file that holds a secret: there, regular, and closed to others.  False after a complaint. */
bool private_file(struct reader *, unsigned line, const char *path);

#endif
