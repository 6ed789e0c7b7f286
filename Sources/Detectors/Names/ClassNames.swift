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
}
