# Sourced by the scripts beside it, from this folder: PYTHON is the interpreter of the virtual environment here, which is
# made where it is missing, unless it is set to another one with the packages of requirements.txt.
if [ -z "${PYTHON:-}" ]; then
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    # Without its dependencies, whose pins no longer resolve.
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps cords==0.0.4
    PYTHON=.venv/bin/python
fi
