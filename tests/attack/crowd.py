"""Many connections that follow a script each, run by one thread.

A script is a generator, and what it yields is done in turn: bytes are sent, a number of seconds is slept for, ANSWER waits for the
next answer, FOR_EVER is never over, RESET breaks the connection off.  At its end the connection is closed.
"""
import collections
import heapq
import itertools
import re
import select
import socket
import struct
import time

ANSWER, FOR_EVER, RESET = object(), object(), object()
CONNECTING_MOST = 400       # at a time: the kernel's backlog has an end
TICK = 0.02                 # seconds between two looks at who is to be opened
ROUNDS = 16                 # reads of one connection before it is the turn of the others
STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")


class Connection:
    def __init__(self, socket_, script):
        self.socket, self.script = socket_, script
        self.out, self.tail = memoryview(b""), b""
        self.answers = 0            # received and not waited for
        self.connected = self.asleep = self.waits = False


class Crowd:
    def __init__(self, target, addresses, size, script, again=False, deaf=False):
        self.target, self.size, self.script = target, size, script
        self.addresses = itertools.cycle(addresses)
        self.again = again          # whoever ends or is cut off comes again
        self.deaf = deaf            # nobody reads
        self.epoll, self.connections = select.epoll(), {}
        self.sleepers, self.order = [], itertools.count()
        self.begun = self.connecting = 0
        self.done = collections.Counter()

    def open_count(self):
        return len(self.connections) - self.connecting

    def _begin(self):
        s = socket.socket()
        s.setblocking(False)
        if self.deaf:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        s.bind((next(self.addresses), 0))
        s.connect_ex(self.target)
        c = Connection(s, self.script())
        self.connections[s.fileno()] = c
        self.epoll.register(s, select.EPOLLOUT | select.EPOLLET | (0 if self.deaf else select.EPOLLIN))
        self.begun += 1
        self.connecting += 1

    def _end(self, c, why):
        self.connecting -= not c.connected
        del self.connections[c.socket.fileno()]
        c.socket.close()            # epoll forgets it
        c.socket = None
        self.done[why if c.connected else "not connected"] += 1

    def _go_on(self, c):
        """Follows the script until there is something to wait for."""
        while c.socket is not None and not (c.out or c.asleep or c.waits):
            act = next(c.script, None)
            if act is None:
                self._end(c, "ended")
            elif act is RESET:
                c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._end(c, "reset")
            elif act is ANSWER:
                c.waits = c.answers == 0
                c.answers -= not c.waits
            elif act is FOR_EVER:
                c.asleep = True
            elif isinstance(act, bytes):
                c.out = memoryview(act)
                self._send(c)
            else:
                c.asleep = True
                heapq.heappush(self.sleepers, (time.monotonic() + act, next(self.order), c))

    def _send(self, c):
        try:
            while c.out:
                n = c.socket.send(c.out)
                self.done["octets"] += n
                c.out = c.out[n:]
        except BlockingIOError:
            pass
        except OSError:
            self._end(c, "cut off")

    def _receive(self, c):
        try:
            for _ in range(ROUNDS):
                data = c.socket.recv(65536)
                if not data:
                    self._end(c, "cut off")
                    return
                self._count(c, data)
        except BlockingIOError:
            pass
        except OSError:
            self._end(c, "cut off")

    def _count(self, c, data):
        data = c.tail + data
        at = 0
        for found in STATUS.finditer(data):
            self.done["HTTP " + found[1].decode()] += 1
            c.answers += 1
            at = found.end()
        c.tail = data[max(at, len(data) - 12):]
        if c.waits and c.answers > 0:
            c.waits = False
            c.answers -= 1

    def _event(self, c, events):
        if not c.connected and not events & (select.EPOLLERR | select.EPOLLHUP):
            c.connected = True
            self.connecting -= 1
        if events & (select.EPOLLIN | select.EPOLLERR | select.EPOLLHUP):
            self._receive(c)
        if c.socket is not None and c.out:
            self._send(c)
        self._go_on(c)

    def _wake(self, now):
        while self.sleepers and self.sleepers[0][0] <= now:
            c = heapq.heappop(self.sleepers)[2]
            c.asleep = False
            if c.socket is not None:
                self._go_on(c)

    def turn(self):
        """What there is to do now."""
        while (len(self.connections) < self.size and self.connecting < CONNECTING_MOST
               and (self.again or self.begun < self.size)):
            self._begin()
        for fd, events in self.epoll.poll(TICK, 256):
            c = self.connections.get(fd)
            if c is not None:
                self._event(c, events)
        self._wake(time.monotonic())

    def close(self):
        for c in list(self.connections.values()):
            self._end(c, "left")
        self.epoll.close()
