"""python -m tests.journeys.recorded: record the client of orders v1 anew, in one process, over what was recorded.

The recording is worth what its age is: it was made before there was a version 2, and says what clients of version 1
rely on. Record anew only when version 1 is changed on purpose, and read the difference line by line before keeping it.
"""

from tests.journeys.recorded.clients import FILE, RecordedClient, write_steps
from tests.journeys.recorded.days import spend
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS


def main() -> None:
    with running(ONE_PROCESS, serve=production) as shop:
        client = RecordedClient(shop)
        spend(client)
    write_steps(client.recording.steps)
    print(f"{client.recording.requests} requests, in {FILE}")


if __name__ == "__main__":
    main()
