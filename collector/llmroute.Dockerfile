# `llmroute`, to make the tables and roles on a ClickHouse server. Built from the root of the repository:
#     docker build --file collector/llmroute.Dockerfile --tag otel-llmroute:0.1.0 .
FROM python:3.13.15-slim-trixie
WORKDIR /src
COPY pyproject.toml README.md LICENSE requirements/dev.txt ./
COPY otel_llmroute otel_llmroute
# The versions that the tests ran with.
RUN sed -n 's/ *\\$//; /^[a-z].*==/p' dev.txt > versions.txt \
 && pip install --no-cache-dir --disable-pip-version-check --constraint versions.txt '.[clickhouse]' \
 && rm -rf /src/*
USER 10001:10001
ENTRYPOINT ["llmroute"]
CMD ["--help"]
