/* Which URLs and addresses may be asked. */
#include "test.h"

#include <arpa/inet.h>

#include "gateway/place.h"

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return place_is_public((const struct sockaddr *)&v4);
    }
    EXPECT(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    return place_is_public((const struct sockaddr *)&v6);
}

TEST(addresses_of_the_internet_are_public)
{
    static const char *const all[] = { "8.8.8.8", "1.0.0.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.1.1.1",
                                       "128.0.0.1", "169.253.1.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.169.0.1", "198.17.0.1",
                                       "198.20.0.1", "223.255.255.255", "2a00:1450::1", "2001:4860:4860::8888", "2003::1", "3fff::1" };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!is_public(all[i])) {
            TEST_FAIL("%s is public", all[i]);
        }
    }
}

TEST(addresses_inside_are_not)
{
    static const char *const all[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.0.1", "127.0.0.1",
                                       "127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
                                       "192.168.0.1", "198.18.0.1", "198.19.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
                                       "239.1.1.1", "240.0.0.1", "255.255.255.255",
                                       "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8", "fe80::1", "fec0::1", "fc00::1",
                                       "fd12::1", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "100::1", "4000::1" };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (is_public(all[i])) {
            TEST_FAIL("%s is not public", all[i]);
        }
    }
}

static bool host_is(const char *url, const char *want)
{
    char host[PLACE_HOST_MAX] = "";
    bool good = place_host((struct span){ (const uint8_t *)url, strlen(url) }, host);

    return want == NULL ? !good : good && strcmp(host, want) == 0;
}

TEST(a_url_is_http_and_names_no_user)
{
    EXPECT(host_is("http://ocsp.example/", "ocsp.example"));
    EXPECT(host_is("HTTP://ocsp.example:8080/a?b", "ocsp.example"));
    EXPECT(host_is("http://192.0.2.1/x.crl", "192.0.2.1"));
    EXPECT(host_is("http://[2001:db8::1]:80/", "[2001:db8::1]"));
    EXPECT(host_is("https://ocsp.example/", NULL));
    EXPECT(host_is("ftp://ocsp.example/", NULL));
    EXPECT(host_is("file:///etc/passwd", NULL));
    EXPECT(host_is("ocsp.example/", NULL));
    EXPECT(host_is("http://", NULL));
    EXPECT(host_is("", NULL));
    EXPECT(host_is("http://me@ocsp.example/", NULL));
    EXPECT(host_is("http://me:secret@ocsp.example/", NULL));
    EXPECT(host_is("http://ocsp.example\r\nX-More: 1/", NULL));
    EXPECT(host_is("http://ocsp.example/a b", NULL));
    EXPECT(host_is("http://ocsp.example/\xc3\xa4", NULL));
}

TEST(a_url_has_a_bound)
{
    char url[PLACE_URL_MAX + 2], host[PLACE_HOST_MAX];

    memset(url, 'a', sizeof url);
    memcpy(url, "http://a/", 9);
    EXPECT(place_host((struct span){ (const uint8_t *)url, PLACE_URL_MAX }, host));
    EXPECT(!place_host((struct span){ (const uint8_t *)url, PLACE_URL_MAX + 1 }, host));
    memcpy(url, "http://aa", 9);
    url[7 + PLACE_HOST_MAX] = '/';
    EXPECT(!place_host((struct span){ (const uint8_t *)url, PLACE_URL_MAX }, host));
    /* An octet of zero ends no URL. */
    EXPECT(!place_host((struct span){ (const uint8_t *)"http://a\0.example/", 18 }, host));
}
