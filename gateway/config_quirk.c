#include "gateway/config_reader.h"
#include "gateway/quirk.h"

static void unknown_quirk(struct reader *r, const struct outline_section *section, const char *word,
                          const struct cmpgate_quirk *own)
{
    const char *names[QUIRKS + QUIRKS_MOST];
    char hint[64];
    size_t count = 0;

    for (const struct cmpgate_quirk *q = quirk_table; q->name != NULL; q++) {
        names[count++] = q->name;
    }
    for (const struct cmpgate_quirk *q = own; q != NULL && q->name != NULL; q++) {
        names[count++] = q->name;
    }
    section_hint(word, names, count, hint);
    reader_complain(r, section_line(section, "tolerate"), "'tolerate' does not know \"%s\"%s (cmpgate check --options "
                    "lists what there is)", word, hint);
}

void read_quirks(struct reader *r, const struct outline_section *section, const char *const *words,
                 const struct cmpgate_quirk *own, uint64_t *tolerate, uint64_t *tolerate_own)
{
    for (; *words != NULL; words++) {
        const struct cmpgate_quirk *ours = quirk_find(quirk_table, *words);
        const struct cmpgate_quirk *theirs = own != NULL ? quirk_find(own, *words) : NULL;
        if (ours != NULL) {
            *tolerate |= UINT64_C(1) << (ours - quirk_table);
        } else if (theirs != NULL) {
            *tolerate_own |= UINT64_C(1) << (theirs - own);
        } else {
            unknown_quirk(r, section, *words, own);
        }
    }
}
