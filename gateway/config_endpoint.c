#include "gateway/config_reader.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60, DAY = 86400 };

struct endpoint_section {
    const char *profile, *message_time, *polling;
    bool profile_fixed, cmp1999;
    int64_t in_flight, in_flight_peer, lanes, hold;
    const char *const *tolerate;
};
#define AT(member) .offset = offsetof(struct endpoint_section, member)

const struct cmpgate_option endpoint_options[] = {
    { .name = "profile", .type = CMPGATE_STRING, AT(profile),
      .help = "for messages that name none; may be left out when there is one only, or one named default" },
    { .name = "profile-fixed", .type = CMPGATE_BOOL, AT(profile_fixed), .fallback = "no",
      .help = "messages may not name another profile" },
    { .name = "in-flight", .type = CMPGATE_INTEGER, AT(in_flight), .fallback = "1000", .minimum = 1, .maximum = 65536,
      .help = "most messages taken and not yet answered; then the transport says it is busy" },
    { .name = "in-flight-peer", .type = CMPGATE_INTEGER, AT(in_flight_peer), .maximum = 65536,
      .help = "most of them of one peer, an address; 0 or left out: half of in-flight, or all where messages are stored" },
    { .name = "lanes", .type = CMPGATE_INTEGER, AT(lanes), .fallback = "4", .minimum = 1, .maximum = 64,
      .help = "threads that answer, where the transport may block" },
    { .name = "hold", .type = CMPGATE_SECONDS, AT(hold), .fallback = "10s", .minimum = 1, .maximum = 10 * MINUTE,
      .help = "a client hears something, if only to come back later, within this time" },
    { .name = "polling", .type = CMPGATE_STRING, AT(polling),
      .help = "how a client is told to wait: framing, by the transport (the default where it can), or cmp, by a CMP message; "
              "without it also by the framing of a message that has one of its own" },
    { .name = "cmp1999", .type = CMPGATE_BOOL, AT(cmp1999), .fallback = "no",
      .help = "serves clients of RFC 2510 too: pvno 1, conf instead of certConf, which is not answered" },
    { .name = "message-time", .type = CMPGATE_STRING, AT(message_time),
      .help = "most difference of messageTime to our clock at arrival, seconds, or off; default 300s, off where "
              "messages may lie about" },
    { .name = "tolerate", .type = CMPGATE_LIST, AT(tolerate),
      .help = "quirks of old or odd clients to put up with, by name: those of the protocol and of the transport" },
    { .name = NULL },
};

/* The module's own options, in a struct that lives as long as the configuration. */
static const void *module_options(struct reader *r, const struct outline_section *section, const struct module *m)
{
    void *options = arena_zalloc(r->arena, m->options_size > 0 ? m->options_size : 1);

    if (options != NULL) {
        section_fill(r, section, m->options, options);
    }
    return options;
}

static const struct module *module_of(const struct reader *r, const struct outline_section *section)
{
    const struct section_kind *kind = section_kind(r, section->keyword);

    return kind != NULL ? kind->module : NULL;
}

/* The sections of transports, or of backends, whatever their keywords. */
static const struct outline_section *next_of(const struct reader *r, const struct outline_section *before, bool backends)
{
    const struct outline *o = r->outline;

    for (size_t i = before != NULL ? (size_t)(before - o->sections) + 1 : 1; i < o->section_count; i++) {
        const struct module *m = module_of(r, &o->sections[i]);
        if (m != NULL && (m->backend != NULL) == backends) {
            return &o->sections[i];
        }
    }
    return NULL;
}

/* ---- backends --------------------------------------------------------------------------------------------- */

void read_backends(struct reader *r)
{
    struct config *config = r->config;

    config->backends = arena_zalloc(r->arena, r->outline->section_count * sizeof *config->backends);
    for (const struct outline_section *s = NULL; config->backends != NULL && (s = next_of(r, s, true)) != NULL;) {
        for (size_t i = 0; i < config->backend_count; i++) {
            if (strcmp(config->backends[i].name, s->title) == 0) {
                reader_complain(r, s->line, "a backend \"%s\" is there already (line %u)", s->title,
                                config->backends[i].line);
            }
        }
        const struct module *m = module_of(r, s);
        struct config_backend *backend = &config->backends[config->backend_count++];
        *backend = (struct config_backend){
            .name = s->title, .module = m->backend, .options = module_options(r, s, m), .line = s->line };
        digest_files(m->options, backend->options, backend->files);
    }
    if (config->backend_count == 0) {
        reader_complain(r, 1, "there is no backend: a section such as ca \"demo\" { ... }, of a module in 'modules'");
    }
}

/* ---- endpoints --------------------------------------------------------------------------------------------- */

static struct config_profile *profile(struct reader *r, const struct outline_section *section, const char *name)
{
    struct config *config = r->config;
    struct config_profile *found = name != NULL ? config_profile_named(config, name)
                                 : config->profile_count == 1 ? &config->profiles[0]
                                                              : config_profile_named(config, "default");
    char what[160];

    section_text(section, what);
    if (found == NULL && name != NULL) {
        reader_complain(r, section_line(section, "profile"), "'profile' is \"%s\", and there is no profile \"%s\"", name,
                        name);
    } else if (found == NULL && config->profile_count > 0) {
        reader_complain(r, section->line, "'profile' is missing in %s, and there are several, none named default", what);
    }
    return found;
}

/* Mail and files may arrive days after they were made. */
static int64_t message_time(struct reader *r, const struct outline_section *section, const char *text,
                            const struct cmpgate_transport *transport)
{
    int64_t seconds = transport->can & CMPGATE_STORES ? -1 : 300;

    if (text != NULL && strcmp(text, "off") == 0) {
        return -1;
    }
    if (text != NULL && (!option_seconds(text, &seconds) || seconds < 1 || seconds > 366 * DAY)) {
        reader_complain(r, section_line(section, "message-time"), "'message-time' is \"%s\", wanted: seconds, 1s to "
                        "366d, or off", text);
    }
    return seconds;
}

/* A transport that can say "come back later" serves clients that know no polling of CMP's own. */
static enum polling polling(struct reader *r, const struct outline_section *section, const char *text,
                            const struct cmpgate_transport *transport)
{
    static const char *const ways[] = { "framing", "cmp" };
    bool can = transport->can & CMPGATE_POLLS;

    if (text == NULL) {
        return can ? POLLING_FRAMING : POLLING_AS_DELIVERED;
    }
    bool framing = section_choice(r, section, "polling", text, ways, 2) == 0;
    if (framing && !can) {
        reader_complain(r, section_line(section, "polling"), "'polling' is framing, and transport %s has no framing that "
                        "can say so", transport->name);
    }
    return framing ? POLLING_FRAMING : POLLING_CMP;
}

static void check_name(struct reader *r, const struct outline_section *section)
{
    const struct config *config = r->config;

    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (strcmp(config->endpoints[i].name, section->title) == 0) {
            reader_complain(r, section->line, "an endpoint \"%s\" is there already (line %u): log lines could not tell "
                            "them apart", section->title, config->endpoints[i].line);
        }
    }
}

/* Where messages are stored nobody waits, and one peer is often all there is: a spool, a mailbox. */
static uint32_t in_flight_peer(const struct endpoint_section *options, const struct cmpgate_transport *transport)
{
    if (options->in_flight_peer > 0) {
        return (uint32_t)options->in_flight_peer;
    }
    return (uint32_t)(transport->can & CMPGATE_STORES ? options->in_flight : (options->in_flight + 1) / 2);
}

static void read_endpoint(struct reader *r, const struct outline_section *section, struct config_endpoint *endpoint)
{
    static const char *const none[] = { NULL };
    const struct module *m = module_of(r, section);
    struct endpoint_section options = { .tolerate = none };

    section_fill(r, section, endpoint_options, &options);
    *endpoint = (struct config_endpoint){
        .name = section->title,
        .transport = m->transport,
        .options = module_options(r, section, m),
        .profile = profile(r, section, options.profile),
        .profile_fixed = options.profile_fixed,
        .in_flight = (uint32_t)options.in_flight,
        .in_flight_peer = in_flight_peer(&options, m->transport),
        .lanes = (unsigned)options.lanes,
        .hold = options.hold,
        .cmp1999 = options.cmp1999,
        .polling = polling(r, section, options.polling, m->transport),
        .message_time = message_time(r, section, options.message_time, m->transport),
        .line = section->line,
    };
    digest_files(m->options, endpoint->options, endpoint->files);
    read_quirks(r, section, options.tolerate, module_quirks(m->transport), &endpoint->tolerate, &endpoint->tolerate_own);
    if (!(m->transport->can & CMPGATE_SERVES)) {
        reader_complain(r, section->line, "transport %s only sends: it cannot be an endpoint", m->name);
    }
}

/* Two endpoints on one address would get each other's connections. */
static void check_address(struct reader *r, const struct config_endpoint *endpoint, const char *address,
                          const struct outline_section *section, const char *option)
{
    size_t len = strlen(address);

    if (len > 2 && strcmp(address + len - 2, ":0") == 0) {
        return;
    }
    for (const struct config_endpoint *e = r->config->endpoints; e < endpoint; e++) {
        const struct module *m = section_kind(r, e->transport->name)->module;
        for (const struct cmpgate_option *o = m->options; o->name != NULL; o++) {
            const char *other = o->type == CMPGATE_ADDRESS
                              ? *(const char *const *)(const void *)((const char *)e->options + o->offset) : NULL;
            if (other != NULL && strcmp(other, address) == 0) {
                reader_complain(r, section_line(section, option), "'%s' is %s, which is that of %s \"%s\" (line %u)",
                                option, address, e->transport->name, e->name, e->line);
            }
        }
    }
}

static void check_addresses(struct reader *r, const struct config_endpoint *endpoint,
                            const struct outline_section *section)
{
    const struct module *m = module_of(r, section);

    for (const struct cmpgate_option *o = m->options; endpoint->options != NULL && o->name != NULL; o++) {
        const char *address = o->type == CMPGATE_ADDRESS
                            ? *(const char *const *)(const void *)((const char *)endpoint->options + o->offset) : NULL;
        if (address != NULL) {
            check_address(r, endpoint, address, section, o->name);
        }
    }
}

void read_endpoints(struct reader *r)
{
    struct config *config = r->config;

    config->endpoints = arena_zalloc(r->arena, r->outline->section_count * sizeof *config->endpoints);
    for (const struct outline_section *s = NULL; config->endpoints != NULL && (s = next_of(r, s, false)) != NULL;) {
        struct config_endpoint *endpoint = &config->endpoints[config->endpoint_count];
        check_name(r, s);
        read_endpoint(r, s, endpoint);
        check_addresses(r, endpoint, s);
        config->endpoint_count++;
    }
    if (config->endpoint_count == 0) {
        reader_complain(r, 1, "there is no endpoint: a section such as http \"lan\" { ... }, of a module in 'modules'");
    }
}
