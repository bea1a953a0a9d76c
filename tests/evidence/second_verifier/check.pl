#!/usr/bin/perl
# A second verifier of evidence bundles, written from docs/explanation/evidence.md in another language and with
# no code in common with the first. It exists so that a misreading of the format shows up as a disagreement.
#   perl check.pl [--log VKEY] [--tsa SHA256]... [--auth "ALGORITHM ID KEY"]... BUNDLE...
# prints one line for each bundle: PASS, FAIL or UNKNOWN. Knows formats 1 and 2.
# Checks all but the certificate's seal and renewed time stamps. Needs Perl 5.10 with its own modules, and openssl.
use strict;
use warnings;
use Compress::Raw::Zlib ();
use Digest::SHA qw(sha256 sha256_hex hmac_sha256);
use Encode qw(decode encode FB_CROAK);
use File::Temp qw(tempdir);
use MIME::Base64 qw(encode_base64 decode_base64);
use Time::Local qw(timegm);

my (@known_logs, @known_services, %known_auth);
while (@ARGV && $ARGV[0] =~ /^--(log|tsa|auth)$/) {
    my ($option, $value) = splice @ARGV, 0, 2;
    push @known_logs, $value if $option eq '--log';
    push @known_services, $value if $option eq '--tsa';
    $known_auth{$1} = pack 'H*', $2 if $option eq '--auth' && $value =~ /\A(\S+ \S+) ([0-9a-f]{64})\z/;
}
my %binding = map { ("decision:$_" => 1) } qw(declined mandate self withdrawn);
my $room = tempdir(CLEANUP => 1);
for my $path (@ARGV) {
    open my $in, '<:raw', $path or die "$path: $!";
    my $data = do { local $/; <$in> };
    my @open = eval { examine($data) };
    my $why = $@;
    $why =~ s/( at \S+ line \d+\.?)?\n.*//s;
    print $why ? "FAIL $why\n" : @open ? "UNKNOWN @open\n" : "PASS\n";
}

sub wrong { die "$_[0]\n" }

sub examine {
    my ($data) = @_;
    my %file = unzip($data);
    my @open;

    # 1. Manifest and its signature.
    my $listing = join '', map { sha256_hex($file{$_}) . "  $_\n" } sort grep { !/^MANIFEST\./ } keys %file;
    wrong('the manifest does not list these files') unless ($file{'MANIFEST.sha256'} // '') eq $listing;
    for my $name (qw(README.txt bundle.json verify.py verify.sh MANIFEST.sig)) {
        wrong("$name is missing") unless exists $file{$name};
    }
    for my $name (keys %file) {
        wrong("$name does not belong here") unless known_name($name);
    }
    my $about = json($file{'bundle.json'});
    keys_are($about, qw(events head issued issuer language origin reference size v));
    my $format = $about->{v};
    wrong('another format') unless $format eq '1' || $format eq '2';
    wrong('a malformed reference') if $format eq '2' && !is_reference($about->{reference});
    my $issued = instant($about->{issued});

    # 2. Log keys, handed over from one to the next.
    my @keys;
    while (exists $file{'keys/log-' . (@keys + 1) . '.vkey'}) {
        my $number = @keys + 1;
        my %key = verifier_key($file{"keys/log-$number.vkey"});
        wrong('a log key of another log') unless $key{name} eq $about->{origin};
        wrong('a PEM that is not the log key') unless ($file{"keys/log-$number.pem"} // '') eq pem($key{raw});
        @key{qw(from since)} = (0, undef);
        if (@keys) {
            my $old = $keys[-1];
            my ($text, @lines) = note($file{"keys/handover-$number.note"} // wrong('a hand-over is missing'));
            my @said = split /\n/, $text, -1;
            wrong('a hand-over of another form') unless @said == 7 && $said[6] eq '' && @lines == 2;
            wrong('a hand-over of another form') unless $said[0] eq 'novation.evidence/handover@v1'
                && $said[1] eq $about->{origin} && $said[2] eq $old->{vkey} && $said[3] eq $key{vkey}
                && $said[5] =~ s/^at //;
            my ($size, $at) = (decimal($said[4]), instant($said[5]));
            signed_by($old, $text, $lines[0]) && signed_by(\%key, $text, $lines[1]) or wrong('a hand-over unsigned');
            wrong('hand-overs out of order') if $size < $old->{from} || (defined $old->{since} && $at < $old->{since});
            @$old{qw(to until)} = ($size, $at);
            @key{qw(from since)} = ($size, $at);
        }
        push @keys, \%key;
    }
    wrong('no log key') unless @keys;
    my %key_file = map { ("keys/log-$_.vkey" => 1, "keys/log-$_.pem" => 1) } 1 .. @keys;
    $key_file{"keys/handover-$_.note"} = 1 for 2 .. @keys;
    for (grep { m{^keys/(log|handover)} } keys %file) { wrong("$_ belongs to no log key") unless $key_file{$_} }
    ed25519($keys[-1]{raw}, $listing, $file{'MANIFEST.sig'}) or wrong('the manifest is not signed by the log');

    # 3. Checkpoints, each continuing the one before.
    my @checkpoint;
    for my $name (sort grep { m{^checkpoints/[0-9]+\.note$} } keys %file) {
        my ($text, @lines) = note($file{$name});
        my ($origin, $size, $root, $at, @rest) = split /\n/, $text, -1;
        wrong("$name has another form") unless @lines == 1 && @rest == 1 && $rest[0] eq '' && $at =~ s/^at //;
        my %point = (note => $file{$name}, size => decimal($size), root => bytes64($root, 32), at => instant($at));
        wrong("$name is of another log or size")
            unless $origin eq $about->{origin} && $name eq sprintf('checkpoints/%09d.note', $point{size});
        my ($key) = grep { $_->{name} eq $lines[0]{name} && $_->{id} eq $lines[0]{id} } @keys;
        $key && signed_by($key, $text, $lines[0]) or wrong("$name is not signed by a log key");
        wrong("$name is signed outside of the key's time")
            if $point{size} < $key->{from} || (defined $key->{since} && $point{at} < $key->{since})
            || (defined $key->{to} && ($point{size} > $key->{to} || $point{at} > $key->{until}));
        push @checkpoint, \%point;
    }
    @checkpoint = sort { $a->{size} <=> $b->{size} } @checkpoint;
    wrong('no newest checkpoint') unless @checkpoint && $checkpoint[-1]{size} == $about->{size};
    my %joint;
    for my $place (1 .. $#checkpoint) {
        my ($old, $new) = @checkpoint[$place - 1, $place];
        wrong('checkpoints out of time') if $new->{at} < $old->{at};
        my $name = sprintf 'checkpoints/%09d-%09d.consistency', $old->{size}, $new->{size};
        $joint{$name} = 1;
        my ($head, $below) = split /\n\n/, $file{$name} // wrong("$name is missing"), 2;
        my ($first, @hashes) = split /\n/, $head, -1;
        wrong("$name has another form") unless defined $below && $below eq $new->{note} && $first =~ s/^old //;
        wrong("$name has another size") unless decimal($first) == $old->{size};
        wrong("$name does not hold") unless grows($old, $new, map { bytes64($_, 32) } @hashes);
    }
    for (grep { /\.consistency$/ } keys %file) { wrong("$_ joins nothing") unless $joint{$_} }

    # 4. Events: form, place in the log, order, times.
    my $newest = $checkpoint[-1];
    my ($number, $head, $before, @event) = (0, "\0" x 32, undef);
    for my $name (sort { length $a <=> length $b || $a cmp $b } grep { m{^events/.*\.json$} } keys %file) {
        my $event = json($file{$name});
        my @more = $format eq '1' ? () : grep { exists $event->{$_} } qw(auth context);
        keys_are($event, qw(actor at before data number personal salt seq subject tag v), @more);
        wrong("$name has malformed parts")
            unless $event->{v} eq $format && $event->{tag} =~ /\A[a-z][a-z-]*:[a-z][a-z-]*\z/ && $event->{salt} =~ /\A[0-9a-f]{32}\z/
            && length $event->{actor} && ref $event->{data} eq 'HASH' && ref $event->{personal} eq 'HASH';
        wrong("$name is another event") unless $name eq sprintf 'events/%09d.json', $event->{seq};
        my $at = instant($event->{at});
        push @open, parts_of_format_2($event, $file{$name}, $at) if $format eq '2';
        (my $proof = $name) =~ s/json$/tlog-proof/;
        my ($lines, $below) = split /\n\n/, $file{$proof} // wrong("$proof is missing"), 2;
        my ($kind, $index, @hashes) = split /\n/, $lines, -1;
        wrong("$proof has another form") unless $kind eq 'c2sp.org/tlog-proof@v1' && $index =~ s/^index //;
        wrong("$proof is for something else") unless decimal($index) == $event->{seq} && $below eq $newest->{note};
        my $leaf = sha256("\0" . $file{$name});
        wrong("$name is not in the log")
            unless climb($leaf, $event->{seq}, $newest->{size}, map { bytes64($_, 32) } @hashes) eq $newest->{root};
        wrong("$name is of another customer") unless $event->{subject} eq $about->{reference};
        wrong("$name is out of order") unless $event->{number} == ++$number && $event->{before} eq unpack 'H*', $head;
        $head = sha256("\2" . $head . $leaf);
        wrong("$name is dated before its forerunner") if defined $before && $at < $before - 300;
        for my $point (@checkpoint) {
            wrong("$name is back-dated") if $point->{size} <= $event->{seq} && $at < $point->{at} - 300;
            wrong("$name is post-dated") if $point->{size} > $event->{seq} && $at > $point->{at} + 300;
        }
        $before = $at;
        push @event, $event;
    }
    wrong('events are missing') unless $number && $number == $about->{events} && $about->{head} eq unpack 'H*', $head;
    wrong('proofs without events') unless $number == grep { /\.tlog-proof$/ } keys %file;
    wrong('not a fresh checkpoint') if $newest->{at} > $issued + 300 || $newest->{at} < $issued - 86400;

    # 5. What was erased, personal values, documents.
    my (%gone, %lost, %named);
    for my $event (@event) {
        for (@{ $event->{data}{documents} // [] }) {
            wrong('a malformed document name') unless /\A[0-9a-f]{64}\z/;
            $named{$_} //= $event->{seq};
        }
        next unless $event->{tag} eq 'log:erased';
        my $erased = $event->{data}{erased} // {};
        $gone{$_} = 1 for @{ $erased->{documents} // [] };
        for my $one (@{ $erased->{personal} // [] }) { $lost{"$one->{seq} $_"} = 1 for @{ $one->{fields} } }
    }
    my %opened;
    for my $event (@event) {
        my $name = sprintf 'personal/%09d.json', $event->{seq};
        my $held = exists $file{$name} ? json($file{$name}) : {};
        $opened{$name} = 1;
        wrong("$name is empty") if exists $file{$name} && !%$held;
        for (keys %$held) { wrong("$name opens what was not committed") unless exists $event->{personal}{$_} }
        for my $field (keys %{ $event->{personal} }) {
            my $erased = $lost{"$event->{seq} $field"};
            wrong("$name: $field") if exists $held->{$field} ? $erased : !$erased;
            next unless exists $held->{$field};
            keys_are($held->{$field}, qw(salt value));
            my ($salt, $value) = @{ $held->{$field} }{qw(salt value)};
            wrong("$name: $field") unless $salt =~ /\A[0-9a-f]{32}\z/
                && sha256_hex(pack('H*', $salt) . encode('UTF-8', $value)) eq $event->{personal}{$field};
        }
    }
    for (grep { m{^personal/} } keys %file) { wrong("$_ belongs to no event") unless $opened{$_} }
    my %found;
    for my $name (grep { m{^(?:items|mail|remote|shown)/} } keys %file) {
        my $digest = sha256_hex($file{$name});
        wrong("$name is named by no event") if !exists $named{$digest} || $gone{$digest};
        my $stem = sprintf '%09d-%s', $named{$digest}, substr $digest, 0, 16;
        wrong("$name has another name") if $name !~ m{/\Q$stem\E\.} || $found{$digest}++;
    }
    for (keys %named) { wrong("the document $_ is missing") unless $found{$_} || $gone{$_} }

    # 6. Certificate, time stamps, known keys.
    my @issue = grep { $_->{tag} eq 'certificate:issued' } @event;
    wrong('the certificate is not the logged one')
        if (exists $file{'certificate.pdf'}) != (@issue > 0)
        || (@issue && $issue[-1]{data}{certificate} ne sha256_hex($file{'certificate.pdf'}));
    wrong('a seal without a certificate') if exists $file{'keys/seal.pem'} && !@issue;
    push @open, stamps(\%file, \@event, @checkpoint);
    push @open, 'no log key known' unless @known_logs;
    for my $known (@known_logs ? \@known_logs : ()) {
        my %held = map { ($_->{vkey} => 1) } @keys;
        wrong('signed by a foreign key') unless grep { $held{$_} } @$known;
    }
    return @open;
}

sub known_name {
    my ($name) = @_;
    my $n = qr/(?:[0-9]{9}|[1-9][0-9]{9,14})/;
    return $name =~ m{\A(?:README\.txt|bundle\.json|MANIFEST\.sha256|MANIFEST\.sig|verify\.py|verify\.sh|certificate\.pdf
        |events/$n\.(?:json|tlog-proof)|personal/$n\.json
        |checkpoints/$n(?:\.note|-$n\.consistency|\.[a-z0-9-]+(?:\.renewal-[1-9])?\.tsr)
        |(?:items|mail|remote|shown)/$n-[0-9a-f]{16}\.[a-z0-9]{1,8}
        |keys/(?:log-[1-9][0-9]{0,3}\.(?:vkey|pem)|handover-[1-9][0-9]{0,3}\.note|tsa-[a-z0-9-]+\.pem|seal\.pem))\z}x;
}

# Reads a ZIP by its central directory, and demands every field to be what a stored file of 1980-01-01 has.
sub unzip {
    my ($data) = @_;
    wrong('no ZIP') if length $data < 22;
    my @end = unpack 'a4 v4 V2 v', substr $data, -22;
    wrong('no end of a ZIP') unless $end[0] eq "PK\5\6" && !$end[1] && !$end[2] && $end[3] == $end[4] && !$end[7];
    my ($count, $length, $start) = @end[4, 5, 6];
    wrong('a ZIP with gaps') unless $count && $start + $length == length($data) - 22;
    my (%file, $previous);
    my ($entry, $place) = ($start, 0);
    for (1 .. $count) {
        my ($mark, $made, $need, $flags, $method, $time, $date, $crc, $packed, $size, $name_length, $extra, $comment, $disk,
            $inner, $outer, $offset) = unpack 'a4 v6 V3 v5 V2', substr $data, $entry, 46;
        my $name = substr $data, $entry + 46, $name_length;
        wrong('a malformed directory') unless $mark eq "PK\1\2" && $made == 0x314 && $need == 20 && !$flags && !$method
            && !$time && $date == 33 && $packed == $size && !$extra && !$comment && !$disk && !$inner
            && $outer == 0100644 << 16 && $offset == $place;
        wrong('names out of order') if defined $previous && $previous ge $name;
        my $local = pack 'a4 v5 V3 v2', "PK\3\4", 20, 0, 0, 0, 33, $crc, $size, $size, $name_length, 0;
        wrong('a malformed file header') unless substr($data, $place, 30 + $name_length) eq $local . $name;
        my $content = substr $data, $place + 30 + $name_length, $size;
        wrong("$name is damaged") unless length $content == $size && Compress::Raw::Zlib::crc32($content) == $crc;
        $file{$name} = $content;
        $previous = $name;
        $place += 30 + $name_length + $size;
        $entry += 46 + $name_length;
    }
    wrong('a ZIP with gaps') unless $place == $start && $entry == $start + $length;
    return %file;
}

# A parser that knows canonical JSON only: whatever RFC 8785 would not write is a syntax error here.
sub json {
    my ($bytes) = @_;
    my $text = eval { decode('UTF-8', my $copy = $bytes, FB_CROAK) } // wrong('not UTF-8');
    pos($text) = 0;
    my $value = json_value(\$text);
    wrong('not canonical JSON') unless pos($text) == length $text && ref $value eq 'HASH';
    return $value;
}

sub json_value {
    my ($text) = @_;
    if ($$text =~ /\G\{/gc) {
        my (%object, $previous);
        return \%object if $$text =~ /\G\}/gc;
        do {
            $$text =~ /\G(?=")/gc or wrong('not canonical JSON');
            my $key = json_value($text);
            my $order = encode('UTF-16BE', $key);
            wrong('keys out of order') if defined $previous && $previous ge $order;
            $$text =~ /\G:/gc or wrong('not canonical JSON');
            $object{$key} = json_value($text);
            $previous = $order;
        } while ($$text =~ /\G,/gc);
        return $$text =~ /\G\}/gc ? \%object : wrong('not canonical JSON');
    }
    if ($$text =~ /\G\[/gc) {
        my @list;
        return \@list if $$text =~ /\G\]/gc;
        do { push @list, json_value($text) } while ($$text =~ /\G,/gc);
        return $$text =~ /\G\]/gc ? \@list : wrong('not canonical JSON');
    }
    if ($$text =~ /\G"((?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00(?:0[0-7be-f]|1[0-9a-f]))*)"/gc) {
        my $string = $1;
        my %short = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t", '"' => '"', '\\' => '\\');
        $string =~ s/\\(?:u00(..)|(.))/defined $1 ? chr hex $1 : $short{$2}/ge;
        return $string;
    }
    if ($$text =~ /\G(0|-?[1-9][0-9]*)(?![0-9.eE])/gc) {
        my $number = $1;
        (my $size = $number) =~ s/^-//;
        wrong('a number too large') if length $size > 16 || (length $size == 16 && $size gt '9007199254740991');
        return $number;
    }
    return $1 if $$text =~ /\G(true|false|null)/gc;
    wrong('not canonical JSON');
}

sub keys_are {
    my ($object, @names) = @_;
    wrong('other keys than expected') unless ref $object eq 'HASH' && join(' ', sort keys %$object) eq join ' ', sort @names;
}

sub instant {
    my ($text) = @_;
    my ($year, $month, $day, $hour, $minute, $second, $micro) =
        $text =~ /\A([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{6})Z\z/ or wrong('not a time');
    wrong('not a time') if $second > 59;
    return timegm($second, $minute, $hour, $day, $month - 1, $year) + $micro / 1e6;
}

sub decimal { $_[0] =~ /\A(?:0|[1-9][0-9]{0,15})\z/ ? $_[0] : wrong('not a decimal number') }

sub bytes64 {
    my ($text, $length) = @_;
    my $bytes = decode_base64($text);
    wrong('not base64') unless encode_base64($bytes, '') eq $text && length $bytes == $length;
    return $bytes;
}

sub note {
    my ($bytes) = @_;
    my $text = eval { decode('UTF-8', my $copy = $bytes, FB_CROAK) } // wrong('not UTF-8');
    wrong('control characters') if $text =~ /[\x00-\x09\x0b-\x1f]/;
    my ($body, $below) = $text =~ /\A(.+\n)\n((?:\x{2014} [^\n]+\n){1,16})\z/s or wrong('not a note');
    my @lines;
    for (split /\n/, $below) {
        my ($name, $data) = /\A\x{2014} ([^ +]+) ([^ ]+)\z/ or wrong('not a signature line');
        my $bytes = bytes64($data, 68);
        push @lines, { name => $name, id => substr($bytes, 0, 4), signature => substr($bytes, 4) };
    }
    return (encode('UTF-8', $body), @lines);
}

sub verifier_key {
    my ($line) = @_;
    my ($vkey, $name, $id, $data) = $line =~ /\A(([^\s+]+)\+([0-9a-f]{8})\+([^\n]+))\n\z/ or wrong('not a verifier key');
    my $bytes = bytes64($data, 33);
    wrong('not a verifier key') unless substr(sha256("$name\n$bytes"), 0, 4) eq pack('H*', $id) && ord $bytes == 1;
    return (vkey => $vkey, name => $name, id => pack('H*', $id), raw => substr $bytes, 1);
}

sub pem {
    my $der = pack('H*', '302a300506032b6570032100') . $_[0];
    return "-----BEGIN PUBLIC KEY-----\n" . encode_base64($der, '') . "\n-----END PUBLIC KEY-----\n";
}

sub signed_by {
    my ($key, $text, $line) = @_;
    return $line->{name} eq $key->{name} && $line->{id} eq $key->{id} && ed25519($key->{raw}, $text, $line->{signature});
}

sub put {
    my ($name, $bytes) = @_;
    open my $out, '>:raw', "$room/$name" or die $!;
    print {$out} $bytes;
    close $out or die $!;
}

sub openssl {
    my $said = `cd '$room' && openssl @_ 2>&1`;
    return $? == 0 ? $said || ' ' : '';
}

sub ed25519 {
    my ($raw, $message, $signature) = @_;
    put(key => pem($raw));
    put(message => $message);
    put(signature => $signature);
    return openssl('pkeyutl -verify -pubin -inkey key -rawin -in message -sigfile signature');
}

# RFC 6962, 2.1.1, top down: which side the leaf is on at each split decides how to join.
sub climb {
    my ($leaf, $index, $size, @proof) = @_;
    wrong('no such leaf') if $index >= $size;
    return @proof ? wrong('a proof too long') : $leaf if $size == 1;
    my $half = 1;
    $half *= 2 while $half * 2 < $size;
    my $sibling = pop(@proof) // wrong('a proof too short');
    return $index < $half
        ? sha256("\1" . climb($leaf, $index, $half, @proof) . $sibling)
        : sha256("\1" . $sibling . climb($leaf, $index - $half, $size - $half, @proof));
}

# RFC 6962, 2.1.2: rebuilds both roots from the proof, following SUBPROOF from the top.
sub grows {
    my ($old, $new, @proof) = @_;
    my ($first, $second) = subroots($old->{size}, $new->{size}, 1, $old->{root}, \@proof);
    return !@proof && $first eq $old->{root} && $second eq $new->{root};
}

sub subroots {
    my ($m, $n, $whole, $root, $proof) = @_;
    if ($m == $n) {
        my $node = $whole ? $root : shift(@$proof) // wrong('a proof too short');
        return ($node, $node);
    }
    my $half = 1;
    $half *= 2 while $half * 2 < $n;
    if ($m <= $half) {
        my ($first, $second) = subroots($m, $half, $whole, $root, $proof);
        return ($first, sha256("\1" . $second . (shift(@$proof) // wrong('a proof too short'))));
    }
    my ($first, $second) = subroots($m - $half, $n - $half, 0, $root, $proof);
    my $left = shift(@$proof) // wrong('a proof too short');
    return (sha256("\1$left$first"), sha256("\1$left$second"));
}

sub stamps {
    my ($file, $events, @checkpoint) = @_;
    my %point = map { (sprintf('%09d', $_->{size}) => $_) } @checkpoint;
    my (%earliest, %open);
    for my $name (sort grep { /\.tsr$/ } keys %$file) {
        my ($size, $service) = $name =~ m{/([0-9]+)\.([a-z0-9-]+)\.tsr$} or return 'renewed stamps are not looked at';
        my $point = $point{$size} // wrong("$name stamps nothing");
        my $chain = $file->{"keys/tsa-$service.pem"} // wrong("$name is of an unknown service");
        my @certificates = $chain =~ /(-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n)/gs;
        wrong('a malformed chain') unless @certificates && join('', @certificates) eq $chain;
        put(answer => $file->{$name});
        put(data => $point->{note});
        put(chain => $chain);
        put(signer => $certificates[0]);
        put(root => $certificates[-1]);
        my ($month, $day, $clock, $year) =
            openssl('ts -reply -in answer -text') =~ /Time stamp: (\w+) +(\d+) ([\d:]+)\S* (\d+) GMT/ or wrong("$name: no answer");
        my %month = map { ((qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$_] => $_) } 0 .. 11;
        my $at = timegm(reverse(split /:/, $clock), $day, $month{$month}, $year);
        openssl("ts -verify -in answer -data data -CAfile root -untrusted chain -attime $at")
            && openssl('ts -reply -in answer -token_out -out token')
            && openssl('cms -verify -inform DER -in token -nointern -certfile signer -noverify -out text')
            or wrong("$name does not hold");
        $earliest{$size} = $at if !defined $earliest{$size} || $at < $earliest{$size};
        my @print = map { s/-----.*?-----|\n//gr } @certificates[0, -1];
        my %print = map { (sha256_hex(decode_base64($_)) => 1) } @print;
        wrong("$service is not trusted") if @known_services && !grep { $print{$_} } @known_services;
        $open{'no time service known'} = 1 unless @known_services;
    }
    for my $size (keys %point) {
        my $at = $earliest{$size};
        $open{'time stamps awaited'} = 1 unless defined $at;
        wrong('stamped before it was signed') if defined $at && $at < $point{$size}{at} - 300;
        $open{'stamped late'} = 1 if defined $at && $at > $point{$size}{at} + 3600;
    }
    for my $event (grep { $binding{ $_->{tag} } } @$events) {
        my ($since) = sort { $a <=> $b } map { $earliest{$_} } grep { $_ > $event->{seq} } keys %earliest;
        $open{'a decision is vouched for late or not yet'} = 1
            if !defined $since || $since > instant($event->{at}) + 3600;
    }
    return sort keys %open;
}

# What format 2 added to an entry: context, contact origin, authenticator. Gives what stays open.
sub parts_of_format_2 {
    my ($event, $bytes, $at) = @_;
    wrong('a malformed actor') unless is_actor($event->{actor});
    if (exists $event->{context}) {
        my $context = $event->{context};
        wrong('a malformed context') if ref $context ne 'HASH' || !%$context;
        for (keys %$context) { wrong('a malformed context') unless /\A(?:move|operation)\z/ && is_reference($context->{$_}) }
    }
    my @open;
    if (exists $event->{data}{contact_origin}) {
        my $origin = $event->{data}{contact_origin};
        wrong('a malformed contact origin') unless ref $origin eq 'HASH';
        keys_are($origin, qw(added_at added_by), grep { exists $origin->{$_} } qw(approved_at approved_by source));
        for (qw(added_by approved_by)) { wrong('a contact of no pseudonym') if exists $origin->{$_} && !is_actor($origin->{$_}) }
        wrong('a contact approved by whoever added it')
            if exists $origin->{approved_by} ? $origin->{approved_by} eq $origin->{added_by} : exists $origin->{approved_at};
        for (qw(added_at approved_at)) { wrong('a contact after the act') if exists $origin->{$_} && instant($origin->{$_}) > $at + 300 }
        wrong('a malformed source')
            if exists $origin->{source} && $origin->{source} !~ /\A[a-z][a-z0-9-]{0,31}(?::[A-Za-z0-9._-]{1,128})?\z/;
    } elsif ($binding{ $event->{tag} }) {
        push @open, 'a contact without origin';
    }
    push @open, 'a decision without authenticator' if %known_auth && $binding{ $event->{tag} } && !exists $event->{auth};
    return @open unless exists $event->{auth};
    my $auth = $event->{auth};
    keys_are($auth, qw(alg key_id value));
    wrong('a malformed authenticator') unless $auth->{alg} =~ /\A[a-z0-9][a-z0-9-]{0,31}\z/ && is_reference($auth->{key_id})
        && $auth->{value} =~ /\A(?:[0-9a-f]{2}){16,8192}\z/;
    my %length = ('ed25519' => 128, 'hmac-sha256' => 64);
    wrong('a malformed authenticator') if ($length{ $auth->{alg} } // length $auth->{value}) != length $auth->{value};
    my $key = $known_auth{"$auth->{alg} $auth->{key_id}"};
    return (@open, 'an authenticator is not checked') unless defined $key;
    # Quotes inside of texts are escaped, so the first such sequence is the member itself.
    (my $covered = $bytes) =~ s/,"auth":\{[^{}]*\}//;
    $covered = "novation.evidence/auth\@v2\n$covered";
    my $value = pack 'H*', $auth->{value};
    my $holds = $auth->{alg} eq 'ed25519' ? ed25519($key, $covered, $value) : hmac_sha256($covered, $key) eq $value;
    wrong('a forged authenticator') unless $holds;
    return @open;
}

sub is_reference { !ref $_[0] && $_[0] =~ /\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z/ }
sub is_actor { !ref $_[0] && $_[0] =~ /\A[a-z][a-z0-9-]{0,31}(?::[A-Za-z0-9._-]{1,64})?\z/ }
