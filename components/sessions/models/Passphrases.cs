namespace OpsDb.Sessions;

/// <summary>What a passphrase can be: long, and nothing that is guessed first (NIST SP 800-63B). It need not have characters of any kind.</summary>
public static class Passphrases
{
    public const int Fewest = 12, Most = 128;

    /// <summary>Of the lists of passwords that were lost most often, those that are long enough, and what programs are installed with.</summary>
    private static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase)
    {
        "123456789012", "1234567890123", "12345678901234", "123456789012345", "1234567890123456", "0123456789012", "012345678901", "123123123123",
        "111111111111", "000000000000", "qwertyuiop12", "qwertyuiop123", "qwertyuiopas", "qwertyuiopasdf", "qwertyuiopasdfghjkl", "asdfghjklzxcvbnm",
        "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "q1w2e3r4t5y6", "qazwsxedcrfv", "abcdefghijkl", "abcdefghijklmnop",
        "abcd1234abcd", "abcdef123456", "password1234", "password12345", "password123456", "passwordpassword", "password1password", "mypassword123",
        "letmeinletmein", "iloveyou1234", "iloveyouiloveyou", "welcome12345", "welcome123456", "administrator", "administrator1", "adminadminadmin",
        "admin1234567", "admin12345678", "changemechangeme", "changeme12345", "correcthorsebatterystaple", "correct horse battery staple", "trustno1trustno1",
        "unknown12345", "monkeymonkey", "dragondragon", "footballfootball", "princess1234", "sunshine1234", "superman1234", "observatory1", "observatory123",
        "telescope1234", "astronomy123", "postgrespostgres",
    };

    /// <summary>What is wrong with one; null when nothing is.</summary>
    /// <param name="user">The name of the user whose it is to be.</param>
    public static string? Fault(string passphrase, string user)
    {
        var length = passphrase.EnumerateRunes().Count();
        return length is < Fewest or > Most ? $"has {Fewest} to {Most} characters"
            : passphrase.Contains('\0') ? "has no character U+0000"
            : IsNameOf(user, passphrase) ? "is not the name of the user, however often"
            : Common.Contains(passphrase) || passphrase.Distinct().Count() <= 2
                ? "is one of those that are guessed first; several words that do not belong together will do"
            : null;
    }

    private static bool IsNameOf(string user, string passphrase) =>
        passphrase.Replace(user, "", StringComparison.OrdinalIgnoreCase).Trim(' ', '.', '_', '-', '@').Length == 0;
}
