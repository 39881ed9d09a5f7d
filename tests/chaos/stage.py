"""What the instruments share: a directory that goes when all went well, a gateway in it, patient clients, the verdict."""
import argparse
import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time

import checker
import message as cmp
from clients import Openssl, Patience, Quick, Recorder
from gateway import Gateway, Trouble


class Stage:
    def __init__(self, options, directory, patience):
        self.directory = pathlib.Path(directory)
        self.gateway = Gateway(options.cmpgate, self.directory / "gateway", options.shim, options.by)
        self.recorder = Recorder(self.directory / "log.jsonl")
        self.patience = patience(self.gateway, self.recorder)
        self.clients = []

    def openssl(self, name, **settings):
        self.clients.append(Openssl(self.patience, self.directory, name, **settings))
        return self.clients[-1]

    def quick(self, template, name, **settings):
        return Quick(self.patience, template, name, **settings)

    # ---- repeats

    def repeat(self, der):
        """The same bytes again, whoever sent them; the checker compares."""
        client, path = self.recorder.requests[der]
        return self.patience.deliver(client + " again", der, path)

    # ---- the end

    def wait_for_crl(self, patience=10):
        """Until each revocation in the store is on the CRL; False: in vain, and the checker says which are not."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            store = checker.Store(self.gateway.store)
            on_crl = cmp.crl_serials(self.gateway.crl.read_bytes()) if self.gateway.crl.exists() else set()
            if {store.certificate[f]["serial"] for f in store.revoked} <= on_crl:
                return True
            time.sleep(0.1)
        return False

    def judge(self):
        """The verdict; with findings, the test has failed."""
        self.wait_for_crl()
        self.gateway.kill()
        self.recorder.close()
        found = checker.check(self.gateway.store, [self.recorder.path],
                              self.gateway.crl.read_bytes() if self.gateway.crl.exists() else b"0\2\5\0")
        for _, text in found.findings[:20]:
            print(text)
        print(found.verdict())
        if found.findings:
            raise Trouble("the checker has findings")

    def close(self):
        for client in self.clients:
            client.close()
        self.gateway.kill()


def options_of(description, **more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("cmpgate", help="the binary")
    parser.add_argument("shim", help="crashpoint.so")
    parser.add_argument("--keep", action="store_true", help="keep the directory, with logs and store")
    parser.add_argument("--by", choices=("http", "2510", "10"), default="http",
                        help="how messages get there: HTTP, or TCP in one of its framings")
    for name, settings in more.items():
        parser.add_argument("--" + name, **settings)
    options = parser.parse_args()
    options.cmpgate, options.shim = os.path.realpath(options.cmpgate), os.path.realpath(options.shim)
    return options


@contextlib.contextmanager
def stage(options, name, patience=Patience):
    directory = tempfile.mkdtemp(prefix="cmpgate-%s-" % name)
    it = Stage(options, directory, patience)
    try:
        yield it
    except BaseException:
        it.close()
        print("kept: " + directory, file=sys.stderr)
        raise
    it.close()
    if options.keep:
        print("kept: " + directory)
    else:
        shutil.rmtree(directory)


def run(main):
    """Runs an instrument's main(); what it raises is told in one line where that is enough."""
    began = time.monotonic()
    try:
        main()
    except Trouble as trouble:
        sys.exit("FAILED: %s" % trouble)
    print("passed in %.1f s" % (time.monotonic() - began))
