# One image for every process of an installation: `wellhead api`, `wellhead worker`, `wellhead migrate`.
FROM node:24-bookworm-slim AS console
ENV CI=true
WORKDIR /app
COPY . .
# The page alone is built, with tools that the image has no use for.
RUN npx --yes pnpm@12 install --frozen-lockfile --filter @wellhead/console... && node apps/console/build/main.ts

FROM node:24-bookworm-slim
ENV NODE_ENV=production CI=true
WORKDIR /app
COPY . .
# Only what runs is installed; the sources run without a build.
RUN npx --yes pnpm@12 install --frozen-lockfile --prod && rm -rf /root/.npm /root/.cache \
  && mkdir -p /data && chown node:node /data
COPY --from=console /app/apps/console/dist apps/console/dist
ENV WELLHEAD_HOST=0.0.0.0 WELLHEAD_BLOB_DIR=/data/blobs
VOLUME /data
USER node
EXPOSE 3400
# The process gets SIGTERM itself, and drains.
ENTRYPOINT ["node", "/app/apps/cli/src/main.ts"]
CMD ["api"]
