# The image contains one static binary, the public CA roots, a user and two lines of configuration. It has no shell, no
# package manager and no shared libraries.
#
#   docker build --build-arg BUILD_REVISION="$(git rev-parse --short=12 HEAD)" -t connect-verifier .
#
# The build stage runs on the target architecture (amd64 or arm64), so that nothing is cross-compiled.
# `scripts/check-image` builds this file, measures the result and verifies a credential with it.

FROM docker.io/library/rust:1.95-slim-trixie AS toolchain
# The allocator is built with make, which the slim image lacks. Any version will do.
# hadolint ignore=DL3008
RUN command -v make || { apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*; }
ENV CARGO_INCREMENTAL=0 \
    CARGO_NET_RETRY=5
# Embeds the list of dependencies in the binary, where scanners find it: a bill of materials that cannot get lost.
RUN cargo install --locked --version 0.7.7 --root /opt/auditable cargo-auditable
ENV PATH=/opt/auditable/bin:$PATH

FROM toolchain AS build
ARG TARGETARCH
WORKDIR /build
# Static, so that the final image needs no libc. Without the path of this stage and a random build id, two builds of one
# revision are equal.
ENV RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,--build-id=none --remap-path-prefix=/build=. --remap-path-prefix=/usr/local/cargo=cargo" \
    CFLAGS="-ffile-prefix-map=/usr/local/cargo=cargo -ffile-prefix-map=/build=."
# An explicit target keeps these flags away from build scripts and macros, which cannot be static.
RUN set -eu; \
    case "${TARGETARCH:-$(dpkg --print-architecture)}" in \
        amd64) echo x86_64-unknown-linux-gnu ;; \
        arm64) echo aarch64-unknown-linux-gnu ;; \
        *) echo "no target for ${TARGETARCH}" >&2; exit 1 ;; \
    esac > /target

# The dependencies, compiled with an empty crate: this layer is reused until Cargo.lock changes.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock build.rs ./
RUN set -eu; \
    mkdir src; \
    echo '//! Nothing yet.' > src/lib.rs; \
    printf '//! Nothing yet.\nfn main() {}\n' > src/main.rs; \
    cargo fetch --locked --target "$(cat /target)"; \
    cargo auditable build --frozen --release --target "$(cat /target)"; \
    cargo clean --frozen --release --target "$(cat /target)" --package connect-verifier; \
    rm -r src

COPY config config
COPY locales locales
COPY web web
COPY src src
ARG BUILD_REVISION=unknown
RUN BUILD_REVISION="${BUILD_REVISION}" cargo auditable build --frozen --release --bin connect-verifier --target "$(cat /target)"

# The final file system, with the same time for all files.
COPY deploy/container.toml /rootfs/etc/connect-verifier/config.toml
ARG SOURCE_DATE_EPOCH=0
RUN set -eu; \
    install -D -m 0755 "target/$(cat /target)/release/connect-verifier" /rootfs/connect-verifier; \
    install -D -m 0644 /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/ca-certificates.crt; \
    echo 'connect-verifier:x:10001:10001::/:/nonexistent' > /rootfs/etc/passwd; \
    echo 'connect-verifier:x:10001:' > /rootfs/etc/group; \
    chmod 0644 /rootfs/etc/connect-verifier/config.toml; \
    /rootfs/connect-verifier --version; \
    find /rootfs -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

FROM scratch
COPY --from=build /rootfs/ /
ENV CONNECT_VERIFIER_CONFIG=/etc/connect-verifier/config.toml
USER 10001:10001
EXPOSE 8080 9090
ENTRYPOINT ["/connect-verifier"]
CMD ["serve"]
# Calls the configured admin listener. Kubernetes ignores this and uses its own probes.
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s --retries=3 CMD ["/connect-verifier", "healthcheck"]

ARG VERSION=unknown
ARG BUILD_REVISION=unknown
ARG SOURCE_URL=""
LABEL org.opencontainers.image.title="connect-verifier" \
      org.opencontainers.image.description="Verifies CleverTap credentials for a partner's onboarding form and says who must do what" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${BUILD_REVISION}" \
      org.opencontainers.image.source="${SOURCE_URL}"
