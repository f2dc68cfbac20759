FROM debian:12-slim AS packages
COPY deploy/packages.txt deploy/install-packages.sh /deploy/

FROM packages AS build
RUN bash /deploy/install-packages.sh build
COPY . /source
RUN cmake -S /source -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 \
 && cmake --build /build --target wavegate wavegate-sandbox \
 && cmake --install /build --strip --prefix /usr/local

FROM packages
RUN bash /deploy/install-packages.sh run \
 && rm -rf /var/lib/apt/lists/* /deploy \
 && useradd --system --uid 10001 --home-dir /var/lib/wavegate --create-home wavegate
COPY --from=build /usr/local/bin/wavegate /usr/local/bin/wavegate-sandbox /usr/local/bin/
USER wavegate
WORKDIR /var/lib/wavegate
# From outside the container; `run` refuses it as long as no token is set.
ENV WAVEGATE_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["wavegate"]
CMD ["run"]
