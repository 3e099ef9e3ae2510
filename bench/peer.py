"""What accepting a start is compared with: an API that keeps each write in four places of Redis.

It does no more than that: no token is checked, no key is looked up, nothing is read. The four writes go one after another,
each waited for: the queue that a worker would empty, the status that a client asks for, and two caches of the new row, by
its id and as a row that is pending.
"""

import json
import os
import uuid
from datetime import datetime, timezone

from fastapi import FastAPI
from pydantic import BaseModel
from redis import asyncio as redis

KEPT_SECONDS = 3600

app = FastAPI()
store = redis.Redis(
    connection_pool=redis.BlockingConnectionPool(
        host="127.0.0.1",
        port=int(os.environ["OPSDB_BENCH_REDIS_PORT"]),
        password=os.environ["OPSDB_BENCH_REDIS_PASSWORD"],
        max_connections=16,
    )
)


class Start(BaseModel):
    obs_unit_id: int
    comment: str | None = None


@app.get("/health/ready")
async def ready():
    await store.ping()
    return {"status": "ready"}


@app.post("/api/v1/executions", status_code=202)
async def start(body: Start):
    now = datetime.now(timezone.utc).isoformat()
    row = {"id": str(uuid.uuid4()), "status": "running", "start_time": now, **body.dict()}
    transaction = {"id": str(uuid.uuid4()), "time": now, "steps": [{"operation": "create", "table": "execution", "row": row}]}
    written, content = json.dumps(transaction), json.dumps(row)
    await store.lpush("peer:queue", written)
    await store.setex(f"peer:status:{transaction['id']}", KEPT_SECONDS, written)
    await store.setex(f"peer:id:{row['id']}", KEPT_SECONDS, content)
    await store.setex(f"peer:row:{row['id']}", KEPT_SECONDS, content)
    return {"id": row["id"], "status": "buffered"}
