#include "quirk.h"

const struct cmpgate_quirk http_quirks[HTTP_QUIRKS + 1] = {
    [HTTP_NO_CONTENT_TYPE] = { "no-content-type", false, "content without a Content-Type, if it begins like DER",
                               "content_without_a_type_is_a_quirk" },
    [HTTP_WRONG_CONTENT_TYPE] = { "wrong-content-type", false, "content of any Content-Type, if it begins like DER",
                                  "content_of_another_type_is_a_quirk" },
    [HTTP_NO_HOST] = { "no-host", false, "HTTP/1.1 without a Host field", "http_1_1_without_host_is_a_quirk" },
    [HTTP_WRONG_ANSWER_TYPE] = { "wrong-answer-type", false,
                                 "sending: an answer of any Content-Type or none, if it begins like DER",
                                 "an_answer_of_another_type_is_a_quirk" },
    [HTTP_TCP_CONTENT] = { "tcp-content", false, "a TCP message (version 10 or RFC 2510) under application/pkixcmp",
                           "a_tcp_message_under_pkixcmp_is_a_quirk" },
};

unsigned http_quirks_of(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint)
{
    unsigned quirks = 0;

    for (unsigned i = 0; CMPGATE_HAS(gate, tolerates) && i < HTTP_QUIRKS; i++) {
        quirks |= gate->tolerates(endpoint, http_quirks[i].name) ? 1u << i : 0;
    }
    return quirks;
}
