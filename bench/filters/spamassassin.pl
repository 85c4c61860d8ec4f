#!/usr/bin/perl
# Scores the mails of a directory in one process of SpamAssassin, with local
# tests only and without Bayes: prints score, tab, file.
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
for my $name (sort grep { !/^\./ } readdir $d) {
    open(my $f, '<:raw', "$dir/$name") or die "$name: $!";
    local $/;
    my $mail   = $sa->parse(scalar <$f>);
    my $status = $sa->check($mail);
    printf "%.3f\t%s\n", $status->get_score(), $name;
    $status->finish();
    $mail->finish();
}
