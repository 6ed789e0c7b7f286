/// Class names and the ways in which people write them.
package enum ClassNames {
  /// COCO's names for 80 classes, else the indices themselves.
  package static func defaults(count: Int) -> [String] {
    count == COCOClasses.names.count ? COCOClasses.names : (0..<count).map(String.init)
  }

  /// The index of a class by its name or its number.
  ///
  /// Names go before numbers, exact spelling before other letter case, and names before their
  /// aliases (`COCOClasses.aliases`, in both directions, so that models with Darknet's names take
  /// COCO's spelling too).
  package static func index(of query: String, in names: [String]) -> Int? {
    if let exact = names.firstIndex(of: query) { return exact }
    let key = query.lowercased()
    let lowercased = names.map { $0.lowercased() }
    if let match = lowercased.firstIndex(of: key) { return match }
    if let canonical = COCOClasses.aliases[key], let match = lowercased.firstIndex(of: canonical) {
      return match
    }
    if let match = lowercased.firstIndex(where: { COCOClasses.aliases[$0] == key }) {
      return match
    }
    if let number = Int(query), names.indices.contains(number) { return number }
    return nil
  }

  /// Groups of classes as `Suppression.classGroups`.
  ///
  /// - Parameter groups: Names or numbers of the classes of each group.
  /// - Returns: By class, the first class of its group.
  /// - Throws: `DetectorError.unknownClass`, or `.invalidOption` for a class in two groups.
  package static func groups(_ groups: [[String]], in names: [String]) throws -> [Int: Int] {
    var result: [Int: Int] = [:]
    for group in groups {
      let classes = try group.map { query in
        guard let index = index(of: query, in: names) else {
          throw DetectorError.unknownClass(query)
        }
        return index
      }
      for (query, index) in zip(group, classes) {
        guard result.updateValue(classes[0], forKey: index) == nil else {
          throw DetectorError.invalidOption("class \"\(query)\" is given twice in the groups")
        }
      }
    }
    return result
  }
}
