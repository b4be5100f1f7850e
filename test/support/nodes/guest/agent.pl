#!/usr/bin/perl
# Runs commands for the machine outside, one at a time, through one virtio port. Frames in both directions: a letter,
# four bytes of length (big-endian), content.
#   in:  P token (are you there)   A words (run: number of variables, variables, command; joined by NUL)
#        I bytes (standard input; empty: its end)   S number (signal the command's process group)
#   out: R token   O bytes   E bytes   X code
use strict;
use warnings;
use IO::Select;
use POSIX ();

my $path = "/dev/virtio-ports/$ARGV[0]";
my $inbox = '';
my $port;

sub reopen {
  close $port if $port;
  $inbox = '';
  select(undef, undef, undef, 0.1) until open($port, '+<:raw', $path);
}

sub send_frame {
  my ($kind, $content) = @_;
  my $frame = $kind . pack('N', length $content) . $content;
  while (length $frame) {
    my $count = syswrite($port, $frame);
    return unless defined $count;
    substr($frame, 0, $count) = '';
  }
}

# One frame, or nothing while it is not complete. Nobody connected outside reads as an end of file.
sub take_frame {
  return if length $inbox < 5;
  my ($kind, $size) = unpack('a N', $inbox);
  return if length $inbox < 5 + $size;
  my $content = substr($inbox, 5, $size);
  substr($inbox, 0, 5 + $size) = '';
  return ($kind, $content);
}

sub fill_inbox {
  my $count = sysread($port, $inbox, 65536, length $inbox);
  select(undef, undef, undef, 0.05) unless $count;
  return $count;
}

sub run_command {
  my ($variables, @words) = split /\0/, shift, -1;
  my @environment = splice(@words, 0, $variables);
  pipe(my $in_read, my $in_write);
  pipe(my $out_read, my $out_write);
  pipe(my $err_read, my $err_write);
  my $pid = fork;
  if (!$pid) {
    POSIX::setsid();
    POSIX::dup2(fileno $in_read, 0);
    POSIX::dup2(fileno $out_write, 1);
    POSIX::dup2(fileno $err_write, 2);
    POSIX::close($_) for 3 .. 64;
    %ENV = map { split /=/, $_, 2 } @environment;
    chdir '/';
    { no warnings; exec { $words[0] } @words; }
    POSIX::_exit($! == 2 ? 127 : 126);
  }
  close $_ for $in_read, $out_write, $err_write;
  $in_write->blocking(0);
  my $pending = '';
  my $input_ended = 0;
  my %kind_of = (fileno $out_read => 'O', fileno $err_read => 'E');
  my $readers = IO::Select->new($port, $out_read, $err_read);
  my ($status, $until);
  while (1) {
    # Input that the command does not read yet stays outside.
    length $pending < 1 << 20 ? $readers->add($port) : $readers->remove($port);
    my $writers = IO::Select->new(length $pending && $in_write ? $in_write : ());
    my ($readable, $writable) = IO::Select->select($readers, $writers, undef, 0.02);
    for my $handle (@{ $readable || [] }) {
      if ($handle == $port) {
        fill_inbox();
        next;
      }
      my $count = sysread($handle, my $bytes, 65536);
      if ($count) { send_frame($kind_of{ fileno $handle }, $bytes) }
      else { $readers->remove($handle) }
    }
    while (my ($kind, $content) = take_frame()) {
      if ($kind eq 'I') { length $content ? ($pending .= $content) : ($input_ended = 1) }
      elsif ($kind eq 'S') { kill $content, -$pid }
      elsif ($kind eq 'P') { send_frame('R', $content) }
    }
    if (@{ $writable || [] }) {
      local $SIG{PIPE} = 'IGNORE';
      my $count = syswrite($in_write, $pending);
      if (defined $count) { substr($pending, 0, $count) = '' }
      elsif (!$!{EAGAIN}) { $pending = ''; close $in_write; undef $in_write }
    }
    if ($input_ended && !length $pending && $in_write) { close $in_write; undef $in_write }
    if (!defined $status && waitpid($pid, POSIX::WNOHANG()) == $pid) {
      $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
      $until = time + 1;
    }
    # A daemon that the command left behind may hold its streams open for ever.
    last if defined $status && ($readers->count <= 1 || time > $until);
  }
  send_frame('X', $status);
}

$SIG{PIPE} = 'IGNORE';
reopen();
while (1) {
  while (my ($kind, $content) = take_frame()) {
    if ($kind eq 'P') { send_frame('R', $content) }
    elsif ($kind eq 'A') { run_command($content) }
  }
  fill_inbox();
}
