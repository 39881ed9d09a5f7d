"""openssl cmp enrols through two instances of the http module in a row.

    openssl cmp  ->  http module, serving  ->  http module, sending  ->  openssl cmp -port (mock server)

usage: http_openssl.py RELAY
"""
import os
import re
import subprocess
import sys
import tempfile

relay = sys.argv[1]
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
children = []


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, **options)


def start(*arguments):
    child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
    children.append(child)
    return child


def mock_server():
    """The mock answers every request with this certificate and accepts one connection at a time."""
    child = start("openssl", "cmp", "-port", "0", "-srv_ref", "device", "-srv_secret", "pass:secret",
                  "-rsp_cert", "cert.pem")
    for line in child.stdout:
        found = re.match(r"ACCEPT .*:(\d+) PID", line)
        if found:
            return int(found[1])
    sys.exit("the mock server does not start")


def main():
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    openssl("req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=device", "-out", "cert.pem")
    relaying = start(relay, "http://127.0.0.1:%d/" % mock_server())
    port = int(relaying.stdout.readline())
    # keep_alive 2: fail unless the server keeps the connection
    openssl("cmp", "-cmd", "ir", "-server", "127.0.0.1:%d" % port,
            "-path", ".well-known/cmp/p/lab/initialization", "-ref", "device", "-secret", "pass:secret",
            "-subject", "/CN=device", "-newkey", "key.pem", "-certout", "out.pem", "-keep_alive", "2")
    subject = openssl("x509", "-in", "out.pem", "-noout", "-subject", stdout=subprocess.PIPE).stdout
    assert b"device" in subject, subject
    exchanges = [relaying.stdout.readline().split() for _ in range(2)]
    print("connections so far, ms since the answer before:", exchanges)
    assert [e[0] for e in exchanges] == ["1", "1"], "openssl did not keep its connection"
    assert float(exchanges[1][1]) < 30, "the certConf was stalled"


try:
    main()
except subprocess.CalledProcessError as error:
    sys.exit("%s\n%s" % (error, error.stderr.decode()))
finally:
    for child in children:
        child.kill()
        child.wait()
