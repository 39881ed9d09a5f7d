/* What else one can do with any type. */
#include "codec/asn1_table.h"

const char *asn1_type_name(const struct asn1_type *type)
{
    return type->name;
}

void *asn1_new(const struct asn1_type *type, struct arena *a)
{
    return arena_zalloc(a, type->size);
}

char *asn1_error_text(const struct asn1_error *err, char *buf, size_t size)
{
    const char *type = err->type != NULL ? err->type : "DER";
    const char *reason = err->reason != NULL ? err->reason : "no error";

    if (err->field != NULL) {
        snprintf(buf, size, "%s.%s at %zu: %s", type, err->field, err->offset, reason);
    } else {
        snprintf(buf, size, "%s at %zu: %s", type, err->offset, reason);
    }
    return buf;
}

/* ---- lists ------------------------------------------------------------------------------ */

static bool make_room(struct arena *a, struct asn1_list *list)
{
    size_t room = list->count > 0 ? list->count * 2 : 4;
    void **grown = arena_alloc(a, room * sizeof *grown);

    if (grown == NULL) {
        return false;
    }
    if (list->count > 0) {
        memcpy(grown, list->item, list->count * sizeof *grown);
    }
    list->item = grown;
    list->room = room;
    return true;
}

bool asn1_list_add(struct arena *a, struct asn1_list *list, void *item)
{
    if (item == NULL || (list->count >= list->room && !make_room(a, list))) {
        return false;
    }
    list->item[list->count++] = item;
    return true;
}

bool asn1_list_add_span(struct arena *a, struct asn1_list *list, struct span item)
{
    struct span *copy = arena_alloc(a, sizeof *copy);

    if (copy == NULL) {
        return false;
    }
    *copy = item;
    return asn1_list_add(a, list, copy);
}

bool asn1_list_init(struct arena *a, struct asn1_list *list)
{
    *list = (struct asn1_list){ .count = 0 };
    return make_room(a, list);
}

/* ---- forgetting what was received ------------------------------------------------------- */

static void strip_slot(const struct asn1_type *t, void *slot);

static void strip_members(const struct asn1_type *t, char *base)
{
    for (unsigned i = 0; i < t->nfields; i++) {
        strip_slot(t->fields[i].type, base + t->fields[i].offset);
    }
}

static void strip_choice(const struct asn1_type *t, struct asn1_choice *v)
{
    if (v->arm >= 0 && v->arm < t->nfields) {
        v->der = (struct span){ NULL, 0 };
        strip_slot(t->fields[v->arm].type, (char *)v + t->fields[v->arm].offset);
    }
}

static void strip_list(const struct asn1_type *t, struct asn1_list *l)
{
    l->der = (struct span){ NULL, 0 };
    for (size_t i = 0; i < l->count; i++) {
        asn1_strip(t->of, l->item[i]);
    }
}

void asn1_strip(const struct asn1_type *t, void *value)
{
    if (value == NULL) {
        return;
    }
    switch (t->kind) {
    case ASN1_KIND_SEQUENCE:
        ((struct asn1_node *)value)->der = (struct span){ NULL, 0 };
        strip_members(t, value);
        break;
    case ASN1_KIND_CHOICE:
        strip_choice(t, value);
        break;
    case ASN1_KIND_LIST:
        strip_list(t, value);
        break;
    case ASN1_KIND_OPEN:
    case ASN1_KIND_OPEN_OCTETS: {
        struct asn1_open *o = value;
        if (o->type != NULL && o->value != NULL) {
            o->der = (struct span){ NULL, 0 };
            asn1_strip(o->type, o->value);
        }
        break;
    }
    default:
        break;
    }
}

static void strip_slot(const struct asn1_type *t, void *slot)
{
    bool structs = t->kind == ASN1_KIND_SEQUENCE || t->kind == ASN1_KIND_CHOICE;
    asn1_strip(t, structs ? *(void **)slot : slot);
}
