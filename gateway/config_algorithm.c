#include "gateway/config_reader.h"

/* HMAC-SHA1 has two names, and which of them a client uses says nothing. */
static enum oid one_name(enum oid id)
{
    return id == OID_hMAC_SHA1 ? OID_id_hmacWithSHA1 : id;
}

static bool fits(enum oid id, unsigned kind)
{
    return id != OID_NONE && (oid_kind(id) & kind) && crypto_offers(id);
}

static bool is_composed(enum oid id)
{
    return id == OID_id_PasswordBasedMac || id == OID_id_PBMAC1;
}

bool config_oids_have(const struct config_oids *list, enum oid id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->oid[i] == one_name(id)) {
            return true;
        }
    }
    return false;
}

static void read_list(struct reader *r, const struct outline_section *section, const char *option,
                      const char *const *words, unsigned kind, bool composed, struct config_oids *out)
{
    size_t count = 0;

    while (words != NULL && words[count] != NULL) {
        count++;
    }
    out->oid = arena_zalloc(r->arena, (count + 1) * sizeof *out->oid);
    for (size_t i = 0; i < count && out->oid != NULL; i++) {
        enum oid id = oid_named(words[i]);
        if (fits(id, kind) && (composed || !is_composed(id))) {
            out->oid[out->count++] = one_name(id);
        } else {
            reader_complain(r, section_line(section, option), "'%s' does not know \"%s\"", option, words[i]);
        }
    }
}

void read_algorithms(struct reader *r, const struct outline_section *section, const struct config_words *words,
                     struct config_profile *profile)
{
    read_list(r, section, "signatures", words->signatures, OID_SIGNATURE, false, &profile->signatures);
    read_list(r, section, "macs", words->macs, OID_MAC, true, &profile->macs);
    read_list(r, section, "mac-hmacs", words->mac_hmacs, OID_MAC, false, &profile->mac_hmacs);
    read_list(r, section, "mac-digests", words->mac_digests, OID_DIGEST, false, &profile->mac_digests);
    read_list(r, section, "mac-prfs", words->mac_prfs, OID_MAC, false, &profile->mac_prfs);
    read_list(r, section, "hashes", words->hashes, OID_DIGEST, false, &profile->hashes);
}
