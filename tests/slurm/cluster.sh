#!/usr/bin/env bash
# A Slurm of one node in a folder, for tests: Debian's slurm-wlm and munge.
#
#   cluster.sh start FOLDER   starts munged, slurmctld and slurmd as the present
#                             user; then `. FOLDER/env` and use sbatch, squeue, ...
#   cluster.sh stop FOLDER    ends exactly these processes, by their ids
#
# FOLDER must be absent or empty. Sockets, keys, process ids, state and logs lie
# in it; the ports are free ones. A Slurm that runs already is left alone.
# Exit code 77: Slurm or munge is not installed. Anything but 0: not started.
set -u

main() {
  case "${1-}:$#" in
    start:2) start "$2" ;;
    stop:2) stop "$2" ;;
    *) printf 'usage: %s start|stop FOLDER\n' "$0" >&2; exit 2 ;;
  esac
}

say() { printf 'cluster.sh: %s\n' "$*" >&2; }
# The moment a process began, in ticks: a process id that is used again has another.
began() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
alive() { [ -n "$2" ] && [ "$(began "$1")" = "$2" ]; }
# `within SECONDS COMMAND...`: repeats the command until it succeeds.
within() {
  local tries=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

need() {
  local tool
  for tool in munged munge slurmctld slurmd sbatch squeue scontrol scancel sinfo; do
    command -v "$tool" >/dev/null && continue
    say "Slurm is not installed (no $tool; Debian: slurm-wlm and munge)"
    exit 77
  done
}

# Prints a port below the kernel's own range on which nothing answers.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    [ "$port" = "${1-}" ] && continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# `daemon NAME COMMAND...`: starts it in the background and notes its process id.
daemon() {
  local name=$1 pid
  shift
  setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
  pid=$!
  printf '%s %s %s\n' "$name" "$pid" "$(began "$pid")" >>"$dir/pids"
}

start() {
  PATH=$PATH:/usr/sbin:/sbin
  need
  unset "${!SLURM_@}" "${!SBATCH_@}" "${!SQUEUE_@}" "${!SCANCEL_@}" "${!SINFO_@}"
  if [ -n "$(ls -A "$1" 2>/dev/null)" ]; then
    say "$1 is not empty"
    exit 2
  fi
  umask 022
  mkdir -p "$1" || exit 1
  dir=$(cd "$1" && pwd -P) || exit 1
  if [ "${#dir}" -gt 80 ]; then # a socket's path has 107 bytes at most
    say "$dir: too long a path for a socket"
    exit 2
  fi
  case $dir in *[!A-Za-z0-9/._-]*) say "$dir: use letters, digits and . _ - only"; exit 2 ;; esac
  trap 'say "not started; the logs are in $dir/log"; stop "$dir"; exit 1' ERR
  set -E
  mkdir "$dir/munge" "$dir/state" "$dir/spool" "$dir/log" "$dir/run"
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")

  local me host ctl node memory
  me=$(id -un) host=$(uname -n) host=${host%%.*}
  ctl=$(free_port) node=$(free_port "$ctl")
  memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  cat >"$dir/slurm.conf" <<END
ClusterName=lab
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctl
SlurmdPort=$node
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
CredType=cred/munge
# cred_expire is also how long a requeued job waits before it starts again (120 s otherwise)
AuthInfo=socket=$dir/munge/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=5
ReturnToService=2
MailProg=/bin/true
NodeName=lab1 NodeHostname=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=low Nodes=lab1 Default=YES PriorityTier=1 MaxTime=60 State=UP
PartitionName=high Nodes=lab1 PriorityTier=2 PreemptMode=OFF MaxTime=60 State=UP
END
  printf 'CgroupAutomount=no\n' >"$dir/cgroup.conf"
  cat >"$dir/env" <<END
unset \${!SLURM_@} \${!SBATCH_@} \${!SQUEUE_@} \${!SCANCEL_@} \${!SINFO_@}
export SLURM_CONF=$dir/slurm.conf
export PATH=\$PATH:/usr/sbin:/sbin
END
  export SLURM_CONF=$dir/slurm.conf
  : >"$dir/pids"

  # --force: it objects to a socket in a folder that is not open to all, as mktemp's.
  daemon munged munged --foreground --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
    --pid-file="$dir/run/munged.pid" --log-file="$dir/log/munged.log" \
    --seed-file="$dir/munge/seed" --num-threads=2
  within 20 munge -n --socket="$dir/munge/socket"
  daemon slurmctld slurmctld -D -f "$SLURM_CONF"
  within 30 scontrol ping
  daemon slurmd slurmd -D -f "$SLURM_CONF"
  within 30 idle
  trap - ERR
  say "started: . $dir/env"
}
idle() { [ "$(sinfo --noheader --format=%T --nodes=lab1 --partition=low)" = idle ]; }
empty() { [ -z "$(squeue --noheader)" ]; }

stop() {
  trap - ERR
  PATH=$PATH:/usr/sbin:/sbin
  local dir name pid since signal
  dir=$(cd "$1" && pwd -P) || exit 2
  if [ ! -f "$dir/pids" ]; then
    say "no cluster in $1"
    exit 2
  fi
  export SLURM_CONF=$dir/slurm.conf
  # The jobs first: slurmd leaves its running ones alone when it ends.
  if timeout 5 scontrol ping 2>/dev/null | grep -q 'is UP'; then
    # shellcheck disable=SC2046 # job ids, one a word
    set -- $(squeue --noheader --format=%A)
    [ $# -eq 0 ] || { timeout 5 scancel "$@"; within 20 empty; }
  fi
  # slurmd, then slurmctld, then munged.
  tac "$dir/pids" | while read -r name pid since; do
    for signal in TERM KILL; do
      alive "$pid" "$since" || break
      kill -s "$signal" "$pid"
      within 10 gone "$pid" "$since" && break
      say "$name ($pid) still runs after SIG$signal"
    done
  done
  rm -f "$dir/pids"
  say "stopped"
}
gone() { ! alive "$1" "$2"; }

main "$@"
