#!/usr/bin/env bash
# Starts a Slurm of one node on this machine, as root, submits an experiment's job array to it, and holds the results
# against those of `sgtm experiment run`. Debian and Ubuntu; installs slurm-wlm and munge where they are missing.
set -euo pipefail
sgtm=$(cd "$(dirname "$0")/../.." && pwd)/build/sgtm
[ "$(id -u)" = 0 ] || { echo "slurm: needs root, to start munged, slurmctld and slurmd." >&2; exit 2; }
command -v apt-get >/dev/null || { echo "slurm: needs Debian's or Ubuntu's apt-get." >&2; exit 2; }
runs() { grep -qxE "$1" /proc/[0-9]*/comm 2>/dev/null; }
if runs 'slurmctld|slurmd'; then
  echo "slurm: slurmctld or slurmd runs here already, so this is a cluster's machine; submit to that Slurm instead." >&2
  exit 2
fi
command -v slurmctld >/dev/null || { apt-get -qq update && apt-get -qq install -y slurm-wlm munge >/dev/null; }

work=$(mktemp -d)
daemons=() munged=  # only what is started below
stop() {
  kill "${daemons[@]}" 2>/dev/null || true
  wait
  [ -z "$munged" ] || kill "$munged" || true
  rm -rf "$work"
}
trap stop EXIT

if [ ! -s /etc/munge/munge.key ]; then
  dd if=/dev/urandom of=/etc/munge/munge.key bs=1 count=1024 status=none
  chown munge: /etc/munge/munge.key
  chmod 400 /etc/munge/munge.key
fi
if ! runs munged; then
  install -d -o munge -g munge /run/munge
  runuser -u munge -- munged --pid-file=/run/munge/sgtm-munged.pid  # not in $work, which the user munge can't enter
  munged=$(cat /run/munge/sgtm-munged.pid)
fi

host=$(hostname -s)
cat >"$work/slurm.conf" <<END
ClusterName=sgtm
SlurmctldHost=$host
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
NodeName=$host CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf
mkdir "$work/state" "$work/spool"
# As jobs of this shell (-D: in the foreground), so that it knows their process ids.
slurmctld -D >"$work/slurmctld.out" 2>&1 & daemons+=($!)
slurmd -D >"$work/slurmd.out" 2>&1 & daemons+=($!)
for _ in $(seq 60); do sinfo -h -o %t 2>/dev/null | grep -q idle && break; sleep 0.5; done
if ! sinfo -h -o %t | grep idle >/dev/null; then
  tail -n 5 "$work"/*.out >&2
  echo "slurm: the node did not become idle within half a minute; above is what slurmctld and slurmd said last." >&2
  exit 1
fi
sinfo

cd "$work"
sizing="absorption --quick --size nano --seeds 1"
$sgtm experiment plan $sizing --runs "$work/slurm" --format slurm >array.sh
sbatch --wait array.sh
$sgtm experiment report absorption --runs "$work/slurm"
$sgtm experiment run $sizing --runs "$work/local" >/dev/null 2>&1
[ "$(ls slurm/slurm-*_*.log | wc -l)" = 3 ] || { echo "slurm: the jobs have not left their three logs." >&2; exit 1; }
# Same folders, same losses.
diff <(cd slurm/report && cut -d, -f1-11 absorption.csv) <(cd local/report && cut -d, -f1-11 absorption.csv)
echo "slurm: $(ls -d slurm/*/result.json | wc -l) runs by job array, the same results as by sgtm experiment run"
