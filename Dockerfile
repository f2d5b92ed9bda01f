# The gate as a container action: Python, git, the gate, and nothing else.
# A release passes BASE with its digest (release.yml); the plain tag is for development, and for where no registry is.
ARG BASE=docker.io/library/debian:bookworm-slim

# hadolint ignore=DL3006
FROM ${BASE} AS python
ENV DEBIAN_FRONTEND=noninteractive
# Versions are those of the pinned base's Debian release: a pin per package would only go missing from its mirrors.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libcurl3-gnutls libpcre2-8-0 python3 zlib1g \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc/* /usr/share/man/*

FROM python AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends git python3-venv
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
# Two environments: what builds the wheel doesn't ship.
RUN python3 -m venv /opt/build \
 && python3 -m venv --without-pip /opt/gate \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements-build.lock \
 && /opt/build/bin/pip --python /opt/gate/bin/python install \
      --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.lock \
 && find /opt/gate -type d -name tests -prune -exec rm -rf {} +
COPY pyproject.toml README.md LICENSE ./
COPY gate gate
COPY fixtures/research-0080/sample.parquet fixtures/research-0080/sample.parquet
COPY fixtures/measured/sample.parquet fixtures/measured/sample.parquet
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/build/bin/pip --python /opt/gate/bin/python install --no-cache-dir --no-deps --no-index /wheel/*.whl

# hadolint ignore=DL3006
FROM python
ARG VERSION=0+development
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="codec-gate" \
      org.opencontainers.image.description="A required status check that keeps bad encoder defaults from shipping." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# git's builtins are one binary; its package would bring Perl and forty more programs, 90 MB that no check runs.
COPY --from=build /usr/bin/git /usr/bin/git
COPY --from=build /usr/lib/git-core/git-remote-http /usr/lib/git-core/git-remote-https /usr/lib/git-core/
COPY --from=build /opt/gate /opt/gate
ENV PATH=/opt/gate/bin:$PATH
# Root, because the runner mounts a workspace of another owner and its output files are root's.
# -I: the working directory is the pull request's own tree, and must never be a place to import from.
ENTRYPOINT ["/opt/gate/bin/python", "-I", "-m", "gate.github.action"]
