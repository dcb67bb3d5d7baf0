package guard

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics count what a server does, by operation and status: no client, address, key or query is in them.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	received prometheus.Counter
	refused  prometheus.Counter
	streams  prometheus.Gauge
}

// NewMetrics registers a server's metrics, and the height of its ledger.
func NewMetrics(height func() float64) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "weir_api_requests_total", Help: "Requests answered."}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "weir_api_request_seconds", Help: "Time to the answer, streams aside.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16)}, []string{"operation"}),
		received: prometheus.NewCounter(prometheus.CounterOpts{Name: "weir_api_received_bytes_total", Help: "Bytes of bodies taken in."}),
		refused:  prometheus.NewCounter(prometheus.CounterOpts{Name: "weir_api_refused_total", Help: "Requests refused because too many were under way."}),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "weir_api_streams", Help: "Streams open."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.received, m.refused, m.streams, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_ledger_height", Help: "Height of the last block."}, height))
	return m
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Registry takes metrics of other parts of the process.
func (m *Metrics) Registry() prometheus.Registerer { return m.registry }

// Begin counts a request that was admitted; end counts its answer.
func (m *Metrics) Begin(operation string, stream bool, bytes int64) (end func(status int)) {
	m.received.Add(float64(bytes))
	began := time.Now()
	if stream {
		m.streams.Inc()
	}
	return func(status int) {
		m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
		if stream {
			m.streams.Dec()
			return
		}
		m.seconds.WithLabelValues(operation).Observe(time.Since(began).Seconds())
	}
}

// Refuse counts a request that was not admitted.
func (m *Metrics) Refuse() { m.refused.Inc() }
