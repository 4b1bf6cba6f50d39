# One image for every process of 公开 Gongkai: migrate, up, worker, sandbox. docs/deploy.md says how to run it.

# -- set-up, as `make .venv/.product` and `make .cache/fonts/recipe.json` do it: packages by hash, then the fonts --------
FROM python:3.11.13-slim-bookworm AS set-up
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
COPY requirements/product.txt requirements/
RUN python -m venv .venv && .venv/bin/python -m pip install --require-hashes -r requirements/product.txt
COPY config/ config/
RUN .venv/bin/python -m config.fonts
COPY . .
RUN .venv/bin/python -m pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q channels config notices producers sandbox streams templates

# -- what runs: nothing in it can be written by the user it runs as but the data folder --------------------------------
FROM python:3.11.13-slim-bookworm
RUN groupadd --gid 10001 gongkai \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /gongkai --shell /usr/sbin/nologin gongkai \
    && install --directory --owner 10001 --group 10001 --mode 0750 /gongkai
COPY --from=set-up /app /app
ENV PATH=/app/.venv/bin:$PATH GONGKAI_HOME=/gongkai PYTHONDONTWRITEBYTECODE=1
WORKDIR /gongkai
USER 10001:10001
ENTRYPOINT ["gongkai"]
CMD ["up"]
