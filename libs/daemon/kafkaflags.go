package daemon

import (
	"log/slog"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// KafkaSettings say how to reach Kafka.
type KafkaSettings struct {
	Brokers  []string // host:port
	Optional bool     // no brokers is allowed: the log is embedded
	TLS      TLSSettings
	// SASLMechanism is "" (none), plain, scram-sha-256 or scram-sha-512.
	SASLMechanism, SASLUser, SASLPassword string
}

// Kafka registers --brokers and its TLS and SASL settings.
func (f *Flags) Kafka(k *KafkaSettings) {
	f.List(&k.Brokers, "brokers", []string{"127.0.0.1:9092"}, "Kafka `BROKERS`, host:port, comma separated")
	f.TLS(&k.TLS, "", "Kafka")
	f.Choice(&k.SASLMechanism, "sasl-mechanism", "", []string{"plain", "scram-sha-256", "scram-sha-512"}, "how to sign in to Kafka")
	f.String(&k.SASLUser, "sasl-user", "", "`USER` name for Kafka")
	f.Secret(&k.SASLPassword, "sasl-password", "`PASSWORD` for Kafka (better given by "+EnvName("sasl-password")+")")
	f.Check(func() error { return k.check() })
}

func (k *KafkaSettings) check() error {
	if len(k.Brokers) == 0 && !k.Optional {
		return Usagef("--brokers is empty; allowed: one or more host:port, comma separated")
	}
	for _, b := range k.Brokers {
		if err := checkAddress("--brokers", b); err != nil {
			return err
		}
	}
	if k.SASLMechanism != "" && (k.SASLUser == "" || k.SASLPassword == "") {
		return Usagef("--sasl-mechanism is %s, so --sasl-user and --sasl-password must be given too", k.SASLMechanism)
	}
	if k.SASLMechanism == "" && k.SASLUser != "" {
		return Usagef("--sasl-user is %s, so --sasl-mechanism must be given too; allowed: plain, scram-sha-256, scram-sha-512", k.SASLUser)
	}
	return nil
}

// Config spells the settings as package kafka takes them. clientID is shown in
// the brokers' logs; log hears when brokers cannot be reached.
func (k *KafkaSettings) Config(clientID string, log *slog.Logger) kafka.Config {
	var reach *kafka.Reach
	if log != nil {
		reach = kafka.NewReach(log)
	}
	return kafka.Config{
		Brokers: k.Brokers, ClientID: clientID, Logger: log, Reach: reach,
		TLS: k.TLS.Enabled, TLSCAFile: k.TLS.CA, TLSCertFile: k.TLS.Cert, TLSKeyFile: k.TLS.Key,
		SASLMechanism: k.SASLMechanism, SASLUser: k.SASLUser, SASLPassword: k.SASLPassword,
	}
}

// TopicSettings are what a deployment chooses about its topics. Every service
// makes the topics that it finds missing, so all of them take these settings
// and should be given the same.
type TopicSettings struct {
	Partitions, ExchangePartitions, ReplicationFactor int
	TweetsRetention                                   time.Duration // 0: no limit
	TweetsBytes                                       int64         // of one partition; 0: no limit
	MaxLine                                           int64         // bytes of the longest line that is one document
}

// Bounds and default of --max-line.
const (
	DefaultMaxLine = 1 << 20
	leastMaxLine   = 1 << 10
	mostMaxLine    = 64 << 20
	// recordOverhead is what a record may hold besides its largest line.
	recordOverhead = 1 << 20
)

// Topics registers --partitions, --exchange-partitions, --replication-factor,
// --tweets-retention, --tweets-bytes and --max-line.
func (f *Flags) Topics(t *TopicSettings) {
	f.Int(&t.Partitions, "partitions", kafka.DefaultPartitions, 1, 10000, "`NUMBER` of partitions of the tweets topic, as first made")
	f.Int(&t.ExchangePartitions, "exchange-partitions", kafka.DefaultExchangePartitions, 1, 10000,
		"`NUMBER` of partitions of the exchange and checkpoints topics, as first made")
	f.Int(&t.ReplicationFactor, "replication-factor", 0, 0, 100, "copies of every topic that is made; 0 is the broker's default")
	f.Duration(&t.TweetsRetention, "tweets-retention", kafka.DefaultTweetsRetention, 0, 100*365*24*time.Hour,
		"how long Kafka keeps the tweets topic; 0 is without limit")
	f.Size(&t.TweetsBytes, "tweets-bytes", 0, 0, 1<<60, "how many bytes Kafka keeps of each tweets partition; 0 is without limit")
	f.Size(&t.MaxLine, "max-line", DefaultMaxLine, leastMaxLine, mostMaxLine, "longest line that is taken as a document; also sets what the topics take")
}

// Layout spells the settings as package kafka takes them.
func (t *TopicSettings) Layout() kafka.Layout {
	retention := t.TweetsRetention
	if retention == 0 {
		retention = -1
	}
	return kafka.Layout{
		Partitions: int32(t.Partitions), ExchangePartitions: int32(t.ExchangePartitions),
		ReplicationFactor: int16(t.ReplicationFactor), TweetsRetention: retention, TweetsBytes: t.TweetsBytes,
		MaxMessageBytes: t.MaxRecordBytes(),
	}
}

// MaxRecordBytes is the largest record batch that follows from MaxLine: what
// kafka.Config.MaxRecordBytes and the topics' limit should be.
func (t *TopicSettings) MaxRecordBytes() int {
	return int(max(kafka.DefaultMaxRecordBytes, t.MaxLine+recordOverhead))
}
