package faults

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// broker is the harness's own Kafka. Every service has a listener of its own, and
// is told to find it at a link's address; the harness looks past the links.
type broker struct {
	*process
	direct string // where the harness connects to
	data   string
}

// logging is what the broker logs: what may tell why it ends.
const logging = `<Configuration status="error">
  <Appenders><Console name="out"><PatternLayout pattern="%d{ISO8601} %p %c{1} %m%n"/></Console></Appenders>
  <Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`

// newBroker formats a broker's data and returns it, not yet started. listeners are
// by service: where the broker listens, and what it calls that.
func newBroker(ctx context.Context, j *journal, cfg *Config, p *ports, data string, listeners map[string][2]string) (*broker, error) {
	direct, controller := p.next(), p.next()
	bind := []string{"DIRECT://" + direct, "CONTROLLER://" + controller}
	told := []string{"DIRECT://" + direct}
	protocols := []string{"DIRECT:PLAINTEXT", "CONTROLLER:PLAINTEXT"}
	for name, at := range listeners {
		bind = append(bind, name+"://"+at[0])
		told = append(told, name+"://"+at[1])
		protocols = append(protocols, name+":PLAINTEXT")
	}
	dir := filepath.Join(cfg.Dir, "kafka")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	properties := filepath.Join(dir, "server.properties")
	lines := []string{
		"process.roles=broker,controller", "node.id=1",
		"listeners=" + strings.Join(bind, ","),
		"advertised.listeners=" + strings.Join(told, ","),
		"listener.security.protocol.map=" + strings.Join(protocols, ","),
		"inter.broker.listener.name=DIRECT",
		"controller.listener.names=CONTROLLER",
		"controller.quorum.bootstrap.servers=" + controller,
		"log.dirs=" + data,
		"metadata.log.dir=" + filepath.Join(dir, "metadata"),
		"offsets.topic.replication.factor=1", "offsets.topic.num.partitions=4",
		"transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1", "transaction.state.log.num.partitions=4",
		"group.initial.rebalance.delay.ms=0",
	}
	if err := os.WriteFile(properties, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	log4j := filepath.Join(dir, "log4j2.xml")
	if err := os.WriteFile(log4j, []byte(logging), 0o600); err != nil {
		return nil, err
	}
	java := []string{"-Dlog4j2.configurationFile=" + log4j, "-cp", filepath.Join(cfg.Kafka, "*")}
	format := exec.CommandContext(ctx, cfg.Java, append(java, "kafka.tools.StorageTool", "format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw", "-c", properties)...)
	if text, err := format.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("format the broker's data: %w\n%s", err, text)
	}
	proc, err := newProcess(j, cfg.Dir, cfg.Java, "kafka", append([]string{"-Xmx512m", "-XX:+UseSerialGC"}, append(java, "kafka.Kafka", properties)...)...)
	if err != nil {
		return nil, err
	}
	return &broker{process: proc, direct: direct, data: data}, nil
}

// listening waits until somebody listens at an address.
func listening(ctx context.Context, address string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		if !ledger.Pause(ctx, 50*time.Millisecond) {
			return fmt.Errorf("nobody listens at %s after %s: %w", address, patience, err)
		}
	}
}

// listens notes that the broker is back now, which was started a while before.
func (b *broker) listens() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.outages); n > 0 {
		if o := &b.outages[n-1]; o.ended && !o.to.IsZero() && !o.over {
			o.to, o.over = time.Now(), true
		}
	}
}
