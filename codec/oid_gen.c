/* Run by the build: turns the rows of oid.h into contents octets and a hash table.
 * Writes C to standard output; a row that is no OID, or the same as another, stops the build. */
#include "codec/oid_index.h"

#include <stdlib.h>

struct row {
    const char *name, *dotted, *kind;
    uint8_t contents[ASN1_MAX_OID];
    size_t len;
};

static struct row rows[OID_COUNT] = {
    { .name = "?", .dotted = "", .kind = "OID_OTHER" },
#define OID_TEXT(name_, dotted_, kind_) { .name = #name_, .dotted = dotted_, .kind = #kind_ },
    OID_ROWS(OID_TEXT)
#undef OID_TEXT
};

static void stop(const struct row *r, const char *why)
{
    fprintf(stderr, "oid.h: %s (%s): %s\n", r->name, r->dotted, why);
    exit(1);
}

static void put_arc(struct row *r, unsigned long arc)
{
    int septets = 1;

    for (unsigned long v = arc >> 7; v > 0; v >>= 7) {
        septets++;
    }
    while (septets-- > 0) {
        if (r->len == sizeof r->contents) {
            stop(r, "too long");
        }
        r->contents[r->len++] = (uint8_t)((arc >> (7 * septets) & 0x7f) | (septets ? 0x80 : 0));
    }
}

static void encode(struct row *r)
{
    const char *p = r->dotted;
    unsigned long first = 0;

    for (int n = 0; *p != '\0'; n++) {
        char *end;
        unsigned long arc = strtoul(p, &end, 10);
        if (end == p || (*end != '.' && *end != '\0') || (n == 0 && arc > 2)) {
            stop(r, "not an OID");
        }
        if (n == 0) {
            first = arc;
        } else {
            put_arc(r, n == 1 ? first * 40 + arc : arc);
        }
        p = *end == '.' ? end + 1 : end;
    }
    if (r->len < 3) {
        stop(r, "shorter than oid_slot() can take");
    }
}

static void refuse_doubles(void)
{
    for (size_t i = 1; i < OID_COUNT; i++) {
        for (size_t j = 1; j < i; j++) {
            if (strcmp(rows[i].dotted, rows[j].dotted) == 0) {
                stop(&rows[i], rows[j].name);
            }
        }
    }
}

/* Fills the table; returns how often it had to look at a further slot. */
static unsigned fill(uint16_t slots[OID_SLOTS], uint32_t seed)
{
    unsigned further = 0;

    memset(slots, 0, OID_SLOTS * sizeof *slots);
    for (size_t i = 1; i < OID_COUNT; i++) {
        unsigned s = oid_slot(rows[i].contents, rows[i].len, seed);
        while (slots[s] != OID_NONE) {
            s = (s + 1) % OID_SLOTS;
            further++;
        }
        slots[s] = (uint16_t)i;
    }
    return further;
}

static uint32_t best_seed(uint16_t slots[OID_SLOTS])
{
    uint32_t seed = 2654435769u, best = seed;
    unsigned least = fill(slots, seed);

    for (int i = 0; i < 5000 && least > 0; i++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned further = fill(slots, seed | 1);
        if (further < least) {
            least = further;
            best = seed | 1;
        }
    }
    fill(slots, best);
    return best;
}

static void print_row(const struct row *r)
{
    printf("    { \"");
    for (const char *p = r->name; *p != '\0'; p++) {
        putchar(*p == '_' ? '-' : *p);
    }
    printf("\", (const uint8_t *)\"");
    for (size_t i = 0; i < r->len; i++) {
        printf("\\x%02x", r->contents[i]);
    }
    printf("\", %zu, %s },\n", r->len, r->kind);
}

int main(void)
{
    static uint16_t slots[OID_SLOTS];

    for (size_t i = 1; i < OID_COUNT; i++) {
        encode(&rows[i]);
    }
    refuse_doubles();
    uint32_t seed = best_seed(slots);

    printf("/* Made from codec/oid.h by codec/oid_gen.c. */\n#include \"codec/oid_index.h\"\n\n");
    printf("const uint32_t oid_seed = %luu;\n\n", (unsigned long)seed);
    printf("const struct oid_row oid_rows[OID_COUNT] = {\n");
    for (size_t i = 0; i < OID_COUNT; i++) {
        print_row(&rows[i]);
    }
    printf("};\n\nconst uint16_t oid_slots[OID_SLOTS] = {");
    for (size_t i = 0; i < OID_SLOTS; i++) {
        printf("%s%u,", i % 20 == 0 ? "\n    " : " ", slots[i]);
    }
    printf("\n};\n");
    return ferror(stdout) || fflush(stdout) != 0;
}
