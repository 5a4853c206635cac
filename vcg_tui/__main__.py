"""``python -m vcg_tui`` is ``vcg``."""

from vcg_tui.cli import main

if __name__ == "__main__":
    main()
