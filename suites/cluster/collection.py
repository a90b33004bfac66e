"""The run folders of jobs, as they come back from their hosts, and their merge into one."""

import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from taskgauge.reports.run_folder.merged_folder import merge, one_for_each, read_mergeable
from taskgauge.reports.run_folder.run_file import NotMeasured, PartRecord, RunState, as_run, read_provenance, write_run
from taskgauge.suites.cluster.archive import unpack
from taskgauge.suites.cluster.connection import Connection
from taskgauge.suites.cluster.job import EndedJob
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.provenance import RunRecord

JOBS = "jobs"
"""The folder in a run folder that keeps the jobs' run folders until they are merged."""


@dataclass(slots=True)
class Collection:
    """The run folder of a run on a cluster."""

    record: RunRecord
    ended: list[EndedJob] = field(default_factory=list)
    _runs: list[Path] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.record.folder

    def start(self, connection: Connection, say: Callable[[str], None]) -> None:
        """Record the hosts, those that share a machine, and those that are not used; say which these are."""
        self.record.run.options["cluster"] = {
            "address": connection.address,
            "hosts": [host.name for host in connection.hosts],
            "on one machine": [list(names) for names in connection.on_one_machine],
        }
        for name, reason in connection.left_out:
            self.record.leave_out(f"host {name}", reason)
            say(f"host {name} is left out: {reason}")
        self.record.write("running")

    def keep(self, ended: EndedJob) -> str:
        """Keep the run folder of a job, and return the reason why there is none; empty if there is one."""
        reason = ended.reason
        if ended.outcome is not None:
            run = self.folder / JOBS / ended.job.name
            try:
                unpack(ended.outcome.archive, run)
                usable, problems = read_mergeable([run])
            except (OSError, tarfile.TarError) as error:
                usable, problems = [], [f"its run folder cannot be unpacked: {error}"]
            if usable:
                self._runs.append(run)
            else:
                reason = f"{ended.host}: {ended.outcome.line or '; '.join(problems)}"
        if reason:
            self.record.parts.append(PartRecord(name=ended.job.part, state="failed", reason=reason))
            self.record.write("running")
        self.ended.append(replace(ended, reason=reason))
        return reason

    def add(self, run: Path, part: PartRecord) -> None:
        """Add a run folder that the driver itself wrote; if it cannot be merged, only its record is kept."""
        if read_mergeable([run])[0]:
            self._runs.append(run)
        else:
            self.record.parts.append(part)

    @property
    def lost(self) -> Sequence[EndedJob]:
        """The jobs without a run folder, each with the reason."""
        return [ended for ended in self.ended if ended.reason]

    def exit_code(self, code: ExitCode) -> ExitCode:
        """Return the exit code of a run that ends with this one: a job that refused its options is wrong use."""
        refused = any(ended.outcome and ended.outcome.code == ExitCode.WRONG_USE for ended in self.ended)
        return ExitCode.WRONG_USE if refused and code == ExitCode.HARNESS_FAILED else code

    def merge(self, *, is_interrupted: bool) -> tuple[PartRecord, ...]:
        """Merge what has come into the run folder, and return the records of all parts. Raises ReportError."""
        state: RunState = "interrupted" if is_interrupted else "failed" if self.lost else "finished"
        ours = self.record.run
        if not self._runs:
            self.record.write(state)
            return tuple(one_for_each(self.record.parts))
        merge(self._runs, self.folder, fewest=1)
        merged = as_run(self.folder, read_provenance(self.folder))
        options: dict[str, Any] = {**merged.options, **ours.options}
        whole = replace(
            merged,
            state=merged.state if state == "finished" else state,
            command=ours.command,
            options=options,
            load_before=ours.load_before,
            left_out=[*merged.left_out, *(row for row in ours.left_out if _is_new(row, merged.left_out))],
            parts=one_for_each([*merged.parts, *ours.parts]),
        )
        write_run(self.folder, whole)
        shutil.rmtree(self.folder / JOBS)
        return tuple(whole.parts)


def _is_new(row: NotMeasured, known: Sequence[NotMeasured]) -> bool:
    return row.what not in {other.what for other in known}
