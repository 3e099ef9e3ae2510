namespace OpsDb.Servers;

/// <summary>A small file system of its own (tmpfs) at a folder, which can be filled up. Needs the right to mount.</summary>
public sealed class SmallDisk
{
    private readonly string folder;

    private SmallDisk(string folder) => this.folder = folder;

    private string Filler => Path.Combine(folder, "filler");

    /// <summary>Why no such disk can be made here; null when it can.</summary>
    public static async Task<string?> WhyNotAsync(CancellationToken ct = default)
    {
        var folder = Directory.CreateTempSubdirectory("opsdb-disk-").FullName;
        try
        {
            await (await MountAsync(folder, 1, ct)).UnmountAsync();
            return null;
        }
        catch (ServersException e)
        {
            return e.Message;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    /// <exception cref="ServersException">Mounting is not permitted.</exception>
    public static async Task<SmallDisk> MountAsync(string folder, int megabytes, CancellationToken ct = default)
    {
        Directory.CreateDirectory(folder);
        await ProgramRun.ReadAsync(["mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=700", "tmpfs", folder], ct: ct);
        return new(folder);
    }

    /// <summary>Leaves no byte free.</summary>
    public async Task FillAsync(CancellationToken ct = default)
    {
        // By another program: a process that is started meanwhile must not keep the file open. It fails because the disk is full.
        await ProgramRun.RunAsync(["dd", "if=/dev/zero", $"of={Filler}", "bs=64K"], ct: ct);
    }

    /// <summary>Makes what was filled free again.</summary>
    public void Free() => File.Delete(Filler);

    /// <summary>Removes the disk and what is on it.</summary>
    public async Task UnmountAsync() => await ProgramRun.RunAsync(["umount", "--lazy", folder]);
}
