# Written by `swast-trainer sweep --slurm`: one training run per array task.
# Before its time limit Slurm sends USR1 to this shell alone; the run then writes
# its checkpoint and exits with 138, and this task goes back into the queue.
set -u
#DIRECTORY#
task=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
run='' usr1='' term=''
# Each of the two signals is passed on once, as soon as there is a run to get it.
pass() {
  [ -n "$run" ] || return 0
  [ "$usr1" != caught ] || { usr1=passed; kill -s USR1 "$run" 2>/dev/null; }
  [ "$term" != caught ] || { term=passed; kill -s TERM "$run" 2>/dev/null; }
}
trap 'usr1=${usr1:-caught}; pass' USR1
trap 'term=${term:-caught}; pass' TERM

case $SLURM_ARRAY_TASK_ID in
#COMMANDS#
  *) echo "swast: no run for array task $task" >&2; exit 1 ;;
esac

echo "swast: task $task starts, restart ${SLURM_RESTART_COUNT:-0}"
"$@" &
run=$!
pass
# Not `wait`: where a process ends as a signal comes, bash 5.2 loses its exit code.
# The sleep makes a signal wait a second at most.
while kill -0 "$run"; do sleep 1; done 2>/dev/null
# From here on no signal matters: the run has ended, and requeueing this task makes
# Slurm end this script.
trap '' USR1 TERM
wait "$run"
code=$?
echo "swast: task $task exits with $code"
if [ "$code" -eq 138 ]; then
  scontrol requeue "$task" && echo "swast: task $task is requeued"
fi
exit "$code"
