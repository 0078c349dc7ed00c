# Two images: the collector (the last stage, the default) and, by --target datasette, Datasette beside it on one volume.

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/ requirements/
# What builds the wheel stays in a place of its own; what is shipped holds neither pip nor a compiler.
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/build.txt
RUN python -m venv --without-pip /opt/collector \
 && /opt/build/bin/pip --python /opt/collector/bin/python install --no-cache-dir --disable-pip-version-check \
      --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
COPY config/ config/
RUN /opt/build/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -w /wheels . \
 && /opt/build/bin/pip --python /opt/collector/bin/python install --no-cache-dir --disable-pip-version-check \
      --no-deps /wheels/*.whl \
# sqlite-utils names pip for its own `install` command, which nobody runs here: 20 MB.
 && /opt/build/bin/pip --python /opt/collector/bin/python uninstall --yes --quiet pip

FROM build AS build-datasette
RUN /opt/build/bin/pip --python /opt/collector/bin/python install --no-cache-dir --disable-pip-version-check \
      --require-hashes -r requirements/explore.txt \
 && /opt/build/bin/pip --python /opt/collector/bin/python uninstall --yes --quiet pip

FROM python:3.13-slim AS datasette
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin collector
COPY --from=build-datasette /opt/collector /opt/collector
ENV PATH=/opt/collector/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 COLLECTOR_ARCHIVE=/data/archive.db
USER 10001:10001
EXPOSE 8001
ENTRYPOINT ["collector"]
# It reads; but a reader of a database that is being written has to write its -shm file, so the volume is not read-only.
CMD ["explore", "--host", "0.0.0.0", "--port", "8001"]

FROM python:3.13-slim AS collector
LABEL org.opencontainers.image.title="collector" \
      org.opencontainers.image.description="Keeps the labour and social-affairs bulletins of Vietnamese provincial portals in a SQLite archive" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin collector \
 && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/collector /opt/collector
# The root file system may be read-only: nothing is written but /data and, by the demo, /tmp.
ENV PATH=/opt/collector/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 COLLECTOR_ARCHIVE=/data/archive.db
USER 10001:10001
WORKDIR /data
VOLUME /data
# The daemon ends within 10 s of this; a container engine's patience is 10 s too, so give it more (compose.yaml does).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --retries=3 CMD ["collector", "health"]
ENTRYPOINT ["collector"]
CMD ["daemon"]
