#include "test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/listener.h"

static char why[256];

static int get(struct listeners *l, const char *address)
{
    why[0] = '\0';
    return listeners_get(l, address, why, sizeof why);
}

TEST(a_socket_listens_and_says_where)
{
    struct listeners *l = listeners_new();
    char where[128];
    int fd = get(l, "127.0.0.1:0"), on = 0;
    socklen_t len = sizeof on;

    REQUIRE(fd >= 0);
    EXPECT_EQ(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len), 0);
    EXPECT_EQ(on, 1);
    EXPECT(fcntl(fd, F_GETFL) & O_NONBLOCK);
    EXPECT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    listener_text(fd, where, sizeof where);
    EXPECT(strncmp(where, "127.0.0.1:", 10) == 0);
    EXPECT(strcmp(where, "127.0.0.1:0") != 0);
    listeners_free(l);
    EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST(the_same_address_is_the_same_socket)
{
    struct listeners *l = listeners_new();
    char where[128];

    listener_text(get(l, "127.0.0.1:0"), where, sizeof where);
    listeners_free(l);
    l = listeners_new();
    int fd = get(l, where);
    EXPECT(fd >= 0);
    EXPECT_EQ(get(l, where), fd);
    EXPECT(get(l, "127.0.0.1:0") != get(l, "127.0.0.1:0"));
    listeners_free(l);
}

TEST(an_address_in_use_is_an_error_with_its_reason)
{
    struct listeners *l = listeners_new(), *other = listeners_new();
    char where[128];

    listener_text(get(l, "127.0.0.1:0"), where, sizeof where);
    EXPECT_EQ(get(other, where), -1);
    EXPECT_STR(why, "Address already in use");
    EXPECT_EQ(get(other, "localhost:0"), -1);
    EXPECT_STR(why, "not an address and a port");
    listeners_free(l);
    listeners_free(other);
}

TEST(a_star_takes_ipv4_connections)
{
    struct listeners *l = listeners_new();
    char where[128];
    int fd = get(l, "*:0"), client = socket(AF_INET, SOCK_STREAM, 0);

    REQUIRE(fd >= 0);
    listener_text(fd, where, sizeof where);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) },
                              .sin_port = htons((in_port_t)atoi(strrchr(where, ':') + 1)) };
    EXPECT_EQ(connect(client, (struct sockaddr *)&at, sizeof at), 0);
    close(client);
    listeners_free(l);
}

TEST(a_socket_file_is_made_replaced_when_stale_and_removed)
{
    char directory[] = "/tmp/cmpgate-test-XXXXXX", address[64];
    struct stat st;

    REQUIRE(mkdtemp(directory) != NULL);
    snprintf(address, sizeof address, "unix:%s/socket", directory);
    struct sockaddr_un stale = { .sun_family = AF_UNIX };
    strcpy(stale.sun_path, address + 5);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(bind(fd, (struct sockaddr *)&stale, sizeof stale), 0);
    close(fd);                          /* the file stays, and nobody answers */

    struct listeners *l = listeners_new(), *other = listeners_new();
    EXPECT(get(l, address) >= 0);
    EXPECT_EQ(get(other, address), -1); /* somebody answers */
    EXPECT_EQ(stat(address + 5, &st), 0);
    listeners_free(other);
    listeners_free(l);
    EXPECT_EQ(stat(address + 5, &st), -1);
    rmdir(directory);
}

TEST(a_path_that_is_too_long_is_refused)
{
    struct listeners *l = listeners_new();
    char address[300] = "unix:/";

    memset(address + 6, 'x', 200);
    EXPECT_EQ(get(l, address), -1);
    EXPECT_HAS(why, "longer than 107 octets");
    listeners_free(l);
}

/* ---- sockets from systemd -------------------------------------------------------------------------------- */

/* In a process of its own, where descriptors 3 and 4 are what systemd would pass. */
static int in_child(int (*run)(const char *second))
{
    pid_t pid = fork();

    if (pid == 0) {
        struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
        char text[128];
        for (int i = 0; i < 2; i++) {
            int fd = socket(AF_INET, SOCK_STREAM, 0);
            bind(fd, (struct sockaddr *)&at, sizeof at);
            listen(fd, 1);
            dup2(fd, 10 + i);
        }
        dup2(10, 3);
        dup2(11, 4);
        snprintf(text, sizeof text, "%d", (int)getpid());
        setenv("LISTEN_PID", text, 1);
        setenv("LISTEN_FDS", "2", 1);
        setenv("LISTEN_FDNAMES", "cmp:other", 1);
        listener_text(4, text, sizeof text);
        _exit(run(text));
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int takes_them(const char *second)
{
    struct listeners *l = listeners_new();

    if (get(l, "systemd:cmp") != 3 || get(l, "systemd:other") != 4 || get(l, "systemd:none") != -1) {
        return 1;
    }
    if (get(l, second) != 4) {          /* by its address */
        return 2;
    }
    if (!(fcntl(3, F_GETFD) & FD_CLOEXEC) || !(fcntl(3, F_GETFL) & O_NONBLOCK)) {
        return 3;
    }
    if (getenv("LISTEN_FDS") != NULL || getenv("LISTEN_PID") != NULL || getenv("LISTEN_FDNAMES") != NULL) {
        return 4;
    }
    listeners_free(l);
    return 0;
}

static int meant_for_another(const char *second)
{
    (void)second;
    setenv("LISTEN_PID", "1", 1);
    struct listeners *l = listeners_new();
    int fd = get(l, "systemd:cmp");
    listeners_free(l);
    return fd == -1 ? 0 : 1;
}

TEST(sockets_of_systemd_are_found_by_name_and_by_address)
{
    EXPECT_EQ(in_child(takes_them), 0);
}

TEST(sockets_meant_for_another_process_are_left_alone)
{
    EXPECT_EQ(in_child(meant_for_another), 0);
}
