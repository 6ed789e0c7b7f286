import Files
import FoundationEssentials
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct RegularFileTests {
  /// Runs `body` with the path of a fresh folder, removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.path + "/files-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  @Test func readsWholeFiles() throws {
    try withFolder { folder in
      let content = [UInt8](0...255)
      try Data(content).write(to: URL(filePath: folder + "/a"))
      #expect(try RegularFile.read(folder + "/a", byteLimit: 256) == content)
      try Data().write(to: URL(filePath: folder + "/empty"))
      #expect(try RegularFile.read(folder + "/empty", byteLimit: 0).isEmpty)
    }
  }

  @Test func refusesFilesOverTheLimit() throws {
    try withFolder { folder in
      try Data(count: 257).write(to: URL(filePath: folder + "/a"))
      #expect(throws: FileError.tooLarge(folder + "/a", byteCount: 257, byteLimit: 256)) {
        try RegularFile.read(folder + "/a", byteLimit: 256)
      }
    }
  }

  @Test func namesMissingFiles() throws {
    try withFolder { folder in
      #expect(throws: FileError.notFound(folder + "/none")) {
        try RegularFile.read(folder + "/none", byteLimit: 1)
      }
      try Data(count: 1).write(to: URL(filePath: folder + "/a"))
      #expect(throws: FileError.notFound(folder + "/a/b")) {
        try RegularFile.read(folder + "/a/b", byteLimit: 1)
      }
    }
  }

  @Test func refusesWhatIsNotARegularFileWithoutBlocking() throws {
    try withFolder { folder in
      #expect(mkfifo(folder + "/fifo", 0o600) == 0)
      for path in [folder, folder + "/fifo", "/dev/null"] {
        #expect(throws: FileError.notRegular(path)) {
          try RegularFile.read(path, byteLimit: 1 << 20)
        }
      }
    }
  }

  @Test func followsLinksAndReportsLoops() throws {
    try withFolder { folder in
      try Data([7]).write(to: URL(filePath: folder + "/a"))
      #expect(symlink("a", folder + "/link") == 0)
      #expect(try RegularFile.read(folder + "/link", byteLimit: 1) == [7])
      #expect(symlink("loop", folder + "/loop") == 0)
      #expect(throws: FileError.self) { try RegularFile.read(folder + "/loop", byteLimit: 1) }
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func reportsMissingPermission() throws {
    try withFolder { folder in
      try Data([7]).write(to: URL(filePath: folder + "/a"))
      #expect(chmod(folder + "/a", 0) == 0)
      #expect(throws: FileError.permissionDenied(folder + "/a")) {
        try RegularFile.read(folder + "/a", byteLimit: 1)
      }
    }
  }
}
