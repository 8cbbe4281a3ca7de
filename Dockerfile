# syntax=docker/dockerfile:1.7
# Rolewave as one image: API, worker or the `rolewave` command, by its command. Why it is made like this: docs/decisions/0062-containers-checked-without-an-engine.md.

# The pages: building them needs what production does not install.
FROM node:24.21.0-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/var/cache/npm \
    npm ci --cache=/var/cache/npm --ignore-scripts
COPY tsconfig.json ./
COPY charts ./charts
COPY domain ./domain
COPY web ./web
RUN node web/build.ts

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
ENV ROLEWAVE_HOME=/var/lib/rolewave
COPY package.json package-lock.json .npmrc ./
# What runs in production needs no install script.
RUN --mount=type=cache,target=/var/cache/npm \
    npm ci --cache=/var/cache/npm --omit=dev --ignore-scripts \
    && rm -rf node_modules/@temporalio/core-bridge/releases/*-darwin node_modules/@temporalio/core-bridge/releases/*-windows-msvc
COPY . .
COPY --from=pages /app/web/dist ./web/dist
# The workflows' bundle, under the digest of their sources: a worker finds it and needs neither three seconds nor a place to write.
RUN node worker/build-bundle.ts

FROM node:24.21.0-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    ROLEWAVE_HOME=/var/lib/rolewave
# New volumes take over whose these folders are. The API's private key is for the API alone.
RUN install -d -o node -g node -m 0700 /var/lib/rolewave/signing \
    && install -d -o node -g node -m 0755 /var/lib/rolewave/trusted
COPY --from=build /app /app
COPY --from=build /var/lib/rolewave/bundles /var/lib/rolewave/bundles
USER node
EXPOSE 8088
# The API's address and the worker's: the image is either of them.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["node", "containers/is-healthy.ts", "http://127.0.0.1:8088/readyz", "http://127.0.0.1:8089/readyz"]
CMD ["node", "api/main.ts"]
