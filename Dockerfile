# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
# Static, so that the image needs no C library. Time zones are embedded.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -tags nomsgpack -trimpath -buildvcs=false \
      -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" \
      -o /out/opendoor ./cmd/opendoor
# A new volume takes over the owner of the folder it is mounted on.
RUN mkdir -p /out/data /out/files

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/opendoor /opendoor
COPY --from=build --chown=nonroot:nonroot /out/data /var/lib/opendoor/data
COPY --from=build --chown=nonroot:nonroot /out/files /var/lib/opendoor/files
COPY LICENSE /LICENSE
ENV OPENDOOR_ADDR=0.0.0.0:8080 \
    OPENDOOR_DATA_DIR=/var/lib/opendoor/data \
    OPENDOOR_FILES_URL=file:///var/lib/opendoor/files \
    OPENDOOR_LOG=json
VOLUME ["/var/lib/opendoor/data", "/var/lib/opendoor/files"]
EXPOSE 8080
# Workers get 20 s to finish, so stop with at least 30 s of grace.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opendoor"]
CMD ["serve"]
