"""Results in Redis, by digest. The only place that knows the names of keys.

    battycoda:result:<id>     the blob, or the JSON of a short answer; expires
    battycoda:failure:<id>    why there is none (JSON); expires
    battycoda:task:<id>       what is known of the work: state, worker, attempts; expires
    battycoda:computing:<id>  held by the worker that computes it, and lost within 2 s of its death
    battycoda:attempts:<id>   how often work on it was begun and not ended
    battycoda:wanted:<client> the ids that a client still wants computed ahead
    battycoda:dropped:<client> the ids that a client waited for and does not want any more; expires
    battycoda:running         id -> what is at work on it (JSON); true only while battycoda:computing:<id> is there
    battycoda:failed          id -> when it failed, the last hundred
    battycoda:counts          how many requests were found kept, how many were computed
    battycoda:workers         worker -> what it last said of itself; battycoda:heard, when (the server's clock)
    battycoda:starting        workers that are being started -> when that was last announced (the server's clock)
    battycoda:sites           the sites that have ever had a worker: tasks may wait there
    battycoda:done            the channel on which each id that is finished is published

The key is the truth and the message on the channel a hint: who waits reads the key, so a lost message costs time,
never a result. Every key but those of workers, sites and counts has an expiry, so the server's volatile-lru
never touches a queue.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from .records import Failure, Job, Process, read_object

if TYPE_CHECKING:
    from redis import Redis

CHANNEL = "battycoda:done"
KEEP_RESULT = 7 * 24 * 3600  # s; a result can never be stale, so this only bounds the memory
KEEP_ANSWER = 600
KEEP_RECORD = 3600
LOCK_MS = 2000
MAX_ATTEMPTS = 3
WANTED_S = 60
SILENT_S = 3  # a worker that has not been heard of for this long counts as gone
STARTING_S = 10  # one that is being started may get to run less often
FORGET_S = 300  # and after this long it is not spoken of any more
FAILED_KEPT = 100

# "done", "dropped", "busy", or which attempt this is: one round trip, and no moment in which two could both begin.
_BEGIN = """
if redis.call('exists', KEYS[1]) == 1 then return 'done' end
if redis.call('sismember', KEYS[6], ARGV[6]) == 1 then return 'dropped' end
if not redis.call('set', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 'busy' end
redis.call('expire', KEYS[3], ARGV[3])
local attempt = redis.call('incr', KEYS[3])
redis.call('hset', KEYS[4], 'state', 'processing', 'worker', ARGV[7], 'started', ARGV[4], 'attempt', attempt)
redis.call('expire', KEYS[4], ARGV[3])
redis.call('expire', KEYS[3], ARGV[3])
redis.call('hset', KEYS[5], ARGV[6], ARGV[5])
redis.call('expire', KEYS[5], ARGV[3])
return tostring(attempt)
"""
_BEAT = """
local time = redis.call('time')
local now = time[1] + time[2] / 1000000
redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
redis.call('zadd', KEYS[2], string.format('%.3f', now), ARGV[1])
redis.call('sadd', KEYS[3], ARGV[4])
redis.call('zrem', KEYS[4], ARGV[5])
for _, name in ipairs(redis.call('zrangebyscore', KEYS[2], '-inf', now - ARGV[3])) do
    redis.call('hdel', KEYS[1], name)
    redis.call('zrem', KEYS[2], name)
end
"""
# An announcement that is made again only if it still stands: once its worker speaks, it is over.
_ANNOUNCE = """
if ARGV[2] == 'again' and not redis.call('zscore', KEYS[1], ARGV[1]) then return 0 end
local time = redis.call('time')
local now = time[1] + time[2] / 1000000
redis.call('zadd', KEYS[1], string.format('%.3f', now), ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[3])
return 1
"""
_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('pexpire', KEYS[1], ARGV[2]) end"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"


def key(kind: str, id: str) -> str:
    return f"battycoda:{kind}:{id}"


class Store:
    """Results, and the records of the work on them, in one Redis.

    Notes
    -----
    Any thread may call any method; each waits for the server as long as the Redis client's patience.
    """

    def __init__(self, redis: Redis) -> None:
        self.redis: Any = redis  # its types say that a command may be awaitable; ours never is
        self._begin, self._beat, self._renew, self._release, self._announce = map(
            redis.register_script, (_BEGIN, _BEAT, _RENEW, _RELEASE, _ANNOUNCE)
        )

    # What a worker does

    def begin(self, id: str, worker: str, job: Job | None = None, client: str = "") -> str:
        """Claim the work on `id`: "done" (there is a result), "busy" (another has it), "dropped" (`client`, who asked
        by this message, does not want it any more), or which attempt, from "1".

        `worker` names the process that claims; `job` is what people are shown meanwhile.
        """
        keys = [key(kind, id) for kind in ("result", "computing", "attempts", "task")]
        job = job or Job(worker=worker, when=time.time())
        described = job.to_json()
        answer = self._begin(
            keys=[*keys, "battycoda:running", key("dropped", client)],
            args=[worker, LOCK_MS, KEEP_RECORD, time.time(), described, id, job.worker],
        )
        return answer.decode() if isinstance(answer, bytes) else str(answer)

    def renew(self, id: str, worker: str) -> None:
        """Hold the claim for another two seconds."""
        self._renew(keys=[key("computing", id)], args=[worker, LOCK_MS])

    def release(self, id: str, worker: str) -> None:
        """Give the claim back without a result, for another try."""
        self._release(keys=[key("computing", id)], args=[worker])
        self.redis.hdel("battycoda:running", id)

    def finish(self, id: str, result: bytes, *, keep: int = KEEP_RESULT) -> None:
        """Keep a result and tell who waits."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(key("result", id), result, ex=keep)
            pipe.delete(key("computing", id), key("attempts", id), key("failure", id))
            pipe.hset(key("task", id), "state", "success")
            pipe.expire(key("task", id), KEEP_RECORD)
            pipe.hdel("battycoda:running", id)
            pipe.zrem("battycoda:failed", id)
            if keep == KEEP_RESULT:
                pipe.hincrby("battycoda:counts", "computed", 1)
            pipe.publish(CHANNEL, id)
            pipe.execute()

    def fail(self, id: str, failure: Failure, *, listed: bool = True) -> None:
        """Keep why there is no result and tell who waits; `listed`: among what failed lately, for all to see."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(key("failure", id), failure.to_json(), ex=KEEP_RECORD)
            pipe.delete(key("computing", id), key("attempts", id))
            pipe.hset(key("task", id), "state", "error")
            pipe.expire(key("task", id), KEEP_RECORD)
            pipe.hdel("battycoda:running", id)
            if listed:
                pipe.zadd("battycoda:failed", {id: time.time()})
            pipe.zremrangebyrank("battycoda:failed", 0, -FAILED_KEPT - 1)
            pipe.expire("battycoda:failed", KEEP_RECORD)
            pipe.publish(CHANNEL, id)
            pipe.execute()

    def is_wanted(self, client: str, id: str) -> bool:
        """Whether a client still wants `id` computed ahead."""
        return bool(self.redis.sismember(key("wanted", client), id))

    def beat(self, worker: str, facts: dict[str, Any], site: str = "") -> None:
        """Say that a worker of a site lives; that it is being started is over then."""
        keys = ["battycoda:workers", "battycoda:heard", "battycoda:sites", "battycoda:starting"]
        started = json.dumps([facts.get(fact.name) for fact in fields(Process)])
        self._beat(keys=keys, args=[worker, json.dumps(facts), FORGET_S, site, started])

    def announce(self, process: Process, *, again: bool = False) -> bool:
        """Say that a worker is being started; `again` only if that still stands. Return whether it stands."""
        args = [process.to_json(), "again" if again else "", FORGET_S]
        return bool(self._announce(keys=["battycoda:starting"], args=args))

    def withdraw(self, process: Process) -> None:
        """Say that a worker that was being started is gone."""
        self.redis.zrem("battycoda:starting", process.to_json())

    def leave(self, worker: str) -> None:
        """Say that a worker ends as it was told to: it is not missed."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.hdel("battycoda:workers", worker)
            pipe.zrem("battycoda:heard", worker)
            pipe.execute()

    # What a client does

    def collect(
        self, ids: list[str], *, again: list[str] | None = None, client: str = ""
    ) -> dict[str, bytes | Failure]:
        """What is finished of `ids`: the result, or why there is none.

        Why there was none of `again` is forgotten first, and that `client` had dropped them, so that these are tried
        again; in one round trip, as a user waits.
        """
        if not ids:
            return {}
        with self.redis.pipeline(transaction=False) as pipe:
            if again:
                pipe.delete(*_tried(again))
                pipe.srem(key("dropped", client), *again)
            pipe.mget([key("result", id) for id in ids] + [key("failure", id) for id in ids])
            values = pipe.execute()[-1]
        found: dict[str, bytes | Failure] = {}
        for id, result, failure in zip(ids, values, values[len(ids) :], strict=False):
            if result is not None:
                found[id] = result
            elif failure is not None:
                found[id] = Failure.read(failure)
        return found

    def forget_failures(self, ids: list[str]) -> None:
        """A user asks again: let it be tried again."""
        if ids:
            self.redis.delete(*_tried(ids))

    def remember(self, failures: dict[str, Failure]) -> None:
        """Put back what `forget_failures` or `collect` forgot, as nobody came to try it again."""
        for id, failure in failures.items():
            self.redis.set(key("failure", id), failure.to_json(), ex=KEEP_RECORD, nx=True)

    def being_computed(self, ids: list[str]) -> set[str]:
        """Those of `ids` that a living worker is at work on."""
        values = self.redis.mget([key("computing", id) for id in ids]) if ids else []
        return {id for id, value in zip(ids, values, strict=True) if value is not None}

    def want(self, client: str, ids: list[str]) -> None:
        """Say all that a client wants computed ahead. It must be said again within a minute, or it is forgotten."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(key("wanted", client))
            if ids:
                pipe.sadd(key("wanted", client), *ids)
                pipe.expire(key("wanted", client), WANTED_S)
            pipe.execute()

    def drop(self, client: str, ids: Iterable[str]) -> None:
        """Say that a client has asked for these and does not want them any more."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.sadd(key("dropped", client), *ids)
            pipe.expire(key("dropped", client), WANTED_S)
            pipe.execute()

    def finished(self, ids: list[str]) -> tuple[set[str], set[str]]:
        """Those of `ids` that there is a result for, and those that failed; nothing of them is fetched."""
        with self.redis.pipeline(transaction=False) as pipe:
            for kind in ("result", "failure"):
                for id in ids:
                    pipe.exists(key(kind, id))
            there = pipe.execute()
        done = {id for id, found in zip(ids, there, strict=False) if found}
        return done, {id for id, found in zip(ids, there[len(ids) :], strict=True) if found} - done

    def discard(self, id: str) -> None:
        """Forget a result that was refused."""
        self.redis.delete(key("result", id))

    def record(self, id: str) -> tuple[dict[str, str], bytes | Failure | None]:
        """What is known of the work on `id`, and its outcome."""
        fields = {name.decode(): value.decode() for name, value in self.redis.hgetall(key("task", id)).items()}
        return fields, self.collect([id]).get(id)

    def now(self) -> float:
        """s since the epoch by the server's clock."""
        seconds, microseconds = self.redis.time()
        return seconds + microseconds / 1e6

    def workers(self, within: float = SILENT_S) -> dict[str, dict[str, Any]]:
        """The workers heard of `within` the last seconds, each with what it said of itself, ``silent``, s since then,
        and ``clock_off``, s by which its clock goes before the server's."""
        now = self.now()
        seen = self.redis.zrange("battycoda:heard", 0, -1, withscores=True)
        near = [(name, score) for name, score in seen if now - score < within]
        facts = self.redis.hmget("battycoda:workers", [name for name, _ in near]) if near else []
        found = {}
        for (name, score), fact in zip(near, facts, strict=True):
            known = read_object(fact)
            clock = known.pop("clock", None)
            off = clock - score if isinstance(clock, int | float) else 0.0
            found[_text(name)] = {**known, "silent": max(now - score, 0.0), "clock_off": off}
        return found

    def starting(self) -> list[Process]:
        """Workers that are being started, as announced within the last `STARTING_S` seconds."""
        return list(map(Process.read, self.redis.zrangebyscore("battycoda:starting", self.now() - STARTING_S, "+inf")))

    def sites(self) -> set[str]:
        """The sites that have ever had a worker."""
        return {name.decode("ascii", "replace") for name in self.redis.smembers("battycoda:sites")}

    def running(self) -> dict[str, Job]:
        """What workers are at work on now."""
        described = self.redis.hgetall("battycoda:running")
        jobs = {_text(id): Job.read(read_object(value)) for id, value in described.items()}
        alive = self.being_computed(list(jobs))
        if gone := [id for id in jobs if id not in alive and time.time() - jobs[id].when > LOCK_MS / 1e3]:
            self.redis.hdel("battycoda:running", *gone)  # their workers died
        return {id: job for id, job in jobs.items() if id in alive}

    def failed(self) -> dict[str, Failure]:
        """What failed lately and has not been mended since, the newest first."""
        ids = [_text(id) for id in self.redis.zrevrange("battycoda:failed", 0, FAILED_KEPT)]
        values = self.redis.mget([key("failure", id) for id in ids]) if ids else []
        return {id: Failure.read(value) for id, value in zip(ids, values, strict=True) if value is not None}

    def count_found(self, count: int) -> None:
        """Requests that were answered by what was kept."""
        self.redis.hincrby("battycoda:counts", "found", count)

    def evicted(self) -> int:
        """How many keys the server has dropped since it was started because its memory was full."""
        return self.redis.info("stats")["evicted_keys"]

    def cache(self) -> tuple[int, int, int, int]:
        """Bytes that the server uses, its limit (0: none), and how many requests were found kept, and computed."""
        memory = self.redis.info("memory")
        found, computed = self.redis.hmget("battycoda:counts", "found", "computed")
        return memory["used_memory"], memory["maxmemory"], int(found or 0), int(computed or 0)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _tried(ids: list[str]) -> list[str]:
    """The keys that tell of attempts to compute `ids`."""
    return [key(kind, id) for id in ids for kind in ("failure", "attempts")]
