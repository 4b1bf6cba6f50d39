"""``python -m config.fonts``: fetch the fonts of posters into ``.cache/fonts``, once."""

import sys

from config.fonts import main

sys.exit(main())
