#!/usr/bin/perl
# Scores the mails of a directory with SpamAssassin, with local tests only and
# without Bayes: prints score, tab, file. WORKERS (default 1) processes share
# the mails, as spamd's children do.
#
#   PERL5LIB=... spamassassin.pl RULES SITE DIR
#
# SITE holds the *.pre files that load the plugins.
use strict;
use warnings;
use Mail::SpamAssassin;

my ($rules, $site, $dir) = @ARGV;
my $sa = Mail::SpamAssassin->new({
    rules_filename => $rules, site_rules_filename => $site, userprefs_filename => '/dev/null', dont_copy_prefs => 1,
    home_dir_for_helpers => '/nonexistent', local_tests_only => 1,
    post_config_text => "use_bayes 0\nuse_auto_welcomelist 0\n",
});
$sa->compile_now(0);
opendir(my $d, $dir) or die "$dir: $!";
my @mails   = sort grep { !/^\./ } readdir $d;
my $workers = $ENV{WORKERS} || 1;
$| = 1; # a line is written at once, so that those of workers do not mix
my $share = 0;
for my $n (1 .. $workers - 1) {
    my $child = fork() // die "fork: $!";
    if ($child == 0) { $share = $n; last }
}
for my $i (grep { $_ % $workers == $share } 0 .. $#mails) {
    open(my $f, '<:raw', "$dir/$mails[$i]") or die "$mails[$i]: $!";
    local $/;
    my $mail   = $sa->parse(scalar <$f>);
    my $status = $sa->check($mail);
    printf "%.3f\t%s\n", $status->get_score(), $mails[$i];
    $status->finish();
    $mail->finish();
}
1 while wait() > 0;
